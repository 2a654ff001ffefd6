import type { Benign, ReasonEntry, ReasonRows } from './entry.ts';

const LINK =
  'Look at signal, retries and rates with `iw dev DEV station dump`; update the firmware if it lasts (`dmesg | grep -i firmware`).';
const KEYS =
  'Reconnect to agree on new keys (`wpa_cli reassociate`, `nmcli con up NAME`); compare ciphers in `iw dev DEV link` with the access point’s.';
const PMF =
  'If it repeats, somebody may be spoofing: watch `iw event -t` and capture on a monitor interface (`iw dev DEV interface add mon0 type monitor`).';
const FOUR_ADDR =
  'Set 4-address mode alike on both ends: `iw dev DEV set 4addr on` (or off), hostapd’s wds_sta.';
const MESH =
  'Look at the mesh peers and paths: `iw dev DEV station dump`, `iw dev DEV mpath dump`, `iw dev DEV get mesh_param`.';
const CHATTER =
  'Nothing to do: management traffic this interface has no use for. `iw event -t` shows what matters.';
const DRIVER =
  'A driver or firmware fault if it lasts: `dmesg | grep -i wlan`, `ethtool -i DEV`; update both.';
const MEMORY =
  'Memory pressure: `free -m`, `journalctl -k | grep -i "page allocation failure"`, `sysctl vm.min_free_kbytes`.';

const RX = ['net/mac80211/rx.c', 'net/mac80211/drop.h'];
const CRYPTO = ['net/mac80211/wpa.c', 'net/mac80211/drop.h'];
const WEP = ['net/mac80211/wep.c', 'net/mac80211/drop.h'];

type Row = Omit<ReasonEntry, 'name'>;

/** One Wi-Fi row: every frame ends in the same function, what tells them apart is the text. */
function wifi(
  meaning: string,
  cause: string,
  remedy: string,
  see: readonly string[],
  benign: Benign = 'no',
): Row {
  return { meaning, cause, remedy, benign, where: 'ieee80211_rx_handlers_result', see };
}

const NO_CAUSE = 'Beacons, probes, null frames and other frames of the air that carry no data for this host.';
const GENERIC: Row = wifi(
  'A Wi-Fi frame this interface does not process further; no narrower reason was given.',
  NO_CAUSE,
  'Usually nothing to do. If data is missing, look at `iw dev DEV station dump` and `iw event -t` (authorized, associated).',
  RX,
  'usually',
);
const BAD_BCN = wifi(
  'A protected beacon used a key index that is not for beacons.',
  'A misbehaving access point, or a spoofed beacon.',
  PMF,
  RX,
);
const BAD_MGMT = wifi(
  'A protected management frame used a key index that is not for management.',
  'A misbehaving access point, or a spoofed frame.',
  PMF,
  RX,
);
const FOUR_ADDR_FRAME = wifi(
  'A 4-address frame came where none is expected.',
  'The peer is in WDS (4-address) mode and this end is not, or not yet.',
  FOUR_ADDR,
  RX,
);

/** Subsystem mac80211_monitor (6.4, gone in 6.18), names without RX_DROP_M_. */
export const MAC80211_MONITOR: ReasonRows = {
  RX_DROP_MONITOR: GENERIC,
  UNEXPECTED_4ADDR_FRAME: FOUR_ADDR_FRAME,
  BAD_BCN_KEYIDX: BAD_BCN,
  BAD_MGMT_KEYIDX: BAD_MGMT,
};

const GENERAL: ReasonRows = {
  RX_DROP: GENERIC,
  RX_DROP_UNUSABLE: GENERIC,
  DUP: wifi(
    'A frame that was received before.',
    'The acknowledgement got lost on the air and the sender repeated the frame.',
    `Nothing is lost. ${LINK}`,
    RX,
    'always',
  ),
  SPURIOUS: wifi(
    'A data frame of a station that is not associated.',
    'A station that believes to be still connected, after this access point restarted or threw it out.',
    'The station is told to reconnect; if it does not: `iw dev DEV station dump`, `hostapd_cli deauthenticate MAC`.',
    RX,
    'usually',
  ),
  SPURIOUS_NOTIF: wifi(
    'A data frame of a station that is not associated; hostapd was told.',
    'A station that believes to be still connected, after this access point restarted or threw it out.',
    'hostapd sends it a deauthentication; if it does not reconnect: `hostapd_cli deauthenticate MAC`.',
    RX,
    'usually',
  ),
  OOM: wifi(
    'No memory for the frame.',
    'Memory pressure while a frame had to be copied or made linear.',
    MEMORY,
    RX,
  ),
  INVALID_8023: wifi(
    'The frame could not be turned into an Ethernet frame.',
    'Truncated or malformed data frame, or the wrong direction bits for this kind of interface.',
    DRIVER,
    RX,
  ),
  NOT_PORT_CONTROL: wifi(
    'A frame for another address that is no key handshake came to a 4-address station.',
    'The access point sends frames for others before the 4-address link is set up.',
    FOUR_ADDR,
    RX,
  ),
  PORT_CONTROL: wifi(
    'Data before the key handshake had finished, or a frame that must be encrypted was not.',
    'Authentication is still running or failed; the station is not authorised yet.',
    'See how far the handshake got: `wpa_cli status`, `journalctl -u wpa_supplicant`, `iw dev DEV station dump` (authorized).',
    RX,
  ),
  NULL_DATA: wifi(
    'A null frame: it carries no data, only power-save state.',
    NO_CAUSE,
    CHATTER,
    RX,
    'always',
  ),
  CTRL_FRAME: wifi('A control frame with nothing for the stack.', NO_CAUSE, CHATTER, RX, 'always'),
  RUNT_DATA: wifi(
    'A data frame too short for its headers.',
    'Truncation by driver or firmware, or a broken sender.',
    DRIVER,
    RX,
  ),
  UNKNOWN_STA: wifi(
    'A block-ack request of an unknown station.',
    'The station is gone or not associated.',
    LINK,
    RX,
    'usually',
  ),
  RUNT_BAR: wifi('A block-ack request too short to be one.', 'A broken sender or driver.', DRIVER, RX),
  BAR_OUTSIDE_SESSION: wifi(
    'A block-ack request without an aggregation session.',
    'The session was just ended on this side.',
    LINK,
    RX,
    'usually',
  ),
  NO_LINK: wifi(
    'The frame belongs to a link (multi-link operation) that is not there.',
    'A driver fault, or the link was just removed.',
    DRIVER,
    RX,
  ),
  UNEXPECTED_EXT_FRAME: wifi(
    'An extension frame (S1G beacon) at an interface that is no station.',
    NO_CAUSE,
    CHATTER,
    RX,
    'usually',
  ),
};

const DECRYPTION: ReasonRows = {
  MIC_FAIL: wifi(
    'The frame’s integrity code is wrong (CCMP, GCMP or management frame).',
    'Keys out of step after a rekey or roam, corruption, or a forged frame.',
    KEYS,
    CRYPTO,
  ),
  REPLAY: wifi(
    'The packet number is not newer than the last one: a replay.',
    'Frames reordered or repeated by the access point or firmware; rarely a replay attack.',
    `A few are harmless. ${LINK}`,
    CRYPTO,
    'usually',
  ),
  BAD_MMIE: wifi(
    'The integrity element of a broadcast management frame is invalid.',
    'A broken access point or a forged frame.',
    PMF,
    CRYPTO,
  ),
  DECRYPT_FAIL: wifi(
    'The frame could not be decrypted.',
    'No or wrong key: rekeying, roaming, or hardware crypto trouble.',
    KEYS,
    RX,
  ),
  NO_KEY_ID: wifi(
    'The frame names a key this side does not have.',
    'Rekeying out of step with the access point.',
    KEYS,
    RX,
  ),
  BAD_CIPHER: wifi(
    'The key’s cipher is not one this code can decrypt.',
    'A cipher left to hardware that did not handle the frame.',
    DRIVER,
    RX,
  ),
  BAD_KEY_COLOR: wifi(
    'The fragments of one frame were encrypted with different keys.',
    'A rekey in mid-frame, or a fragmentation attack.',
    PMF,
    RX,
  ),
  KEY_TAINTED: wifi(
    'The key may no longer be used.',
    'A key the driver marked as unusable after a suspend or restart.',
    KEYS,
    RX,
  ),
  UNPROTECTED: wifi(
    'A frame that needs a key came and there is none.',
    'Keys are not installed yet, or the sender does not encrypt.',
    KEYS,
    RX,
  ),
  WEP_DEC_FAIL: wifi(
    'WEP decryption failed.',
    'Wrong WEP key.',
    'Set the right key, or better leave WEP: `iw dev DEV link`, hostapd’s wpa=2.',
    WEP,
  ),
  NO_IV: wifi(
    'A WEP frame without its initialisation vector.',
    'A truncated or malformed frame.',
    DRIVER,
    WEP,
  ),
  NO_ICV: wifi('A WEP frame without its integrity value.', 'A truncated or malformed frame.', DRIVER, WEP),
  AP_RX_GROUPCAST: wifi(
    'An access point got a TKIP integrity error on a group key, which only it may use.',
    'A confused station or an attack on TKIP; it is ignored so as not to trigger countermeasures.',
    PMF,
    CRYPTO,
    'usually',
  ),
  SHORT_MMIC: wifi('A TKIP frame too short for its Michael code.', 'Truncated frame.', DRIVER, CRYPTO),
  MMIC_FAIL: wifi(
    'The TKIP Michael integrity check failed.',
    'Corruption or an attack; two within a minute start countermeasures.',
    'Leave TKIP for CCMP: hostapd’s rsn_pairwise=CCMP; `iw event -t` shows Michael MIC failures.',
    CRYPTO,
  ),
  SHORT_TKIP: wifi('A TKIP frame too short.', 'Truncated frame.', DRIVER, CRYPTO),
  TKIP_FAIL: wifi('TKIP decryption failed.', 'Wrong key or replay.', KEYS, CRYPTO),
  SHORT_CCMP: wifi('A CCMP frame too short for its header.', 'Truncated frame.', DRIVER, CRYPTO),
  SHORT_CCMP_MIC: wifi('A CCMP frame too short for its integrity code.', 'Truncated frame.', DRIVER, CRYPTO),
  SHORT_GCMP: wifi('A GCMP frame too short for its header.', 'Truncated frame.', DRIVER, CRYPTO),
  SHORT_GCMP_MIC: wifi('A GCMP frame too short for its integrity code.', 'Truncated frame.', DRIVER, CRYPTO),
  SHORT_CMAC: wifi(
    'A broadcast management frame too short for its CMAC.',
    'Truncated frame.',
    DRIVER,
    CRYPTO,
  ),
  SHORT_CMAC256: wifi(
    'A broadcast management frame too short for its CMAC-256.',
    'Truncated frame.',
    DRIVER,
    CRYPTO,
  ),
  SHORT_GMAC: wifi(
    'A broadcast management frame too short for its GMAC.',
    'Truncated frame.',
    DRIVER,
    CRYPTO,
  ),
};

const FRAGMENTS: ReasonRows = {
  NONSEQ_PN: wifi(
    'The fragments of a frame do not have consecutive packet numbers.',
    'Lost fragments, or a fragmentation attack.',
    LINK,
    RX,
  ),
  EXPECT_DEFRAG_PROT: wifi(
    'A protected fragment where an unprotected one was expected.',
    'A fragmentation attack or a broken sender.',
    PMF,
    RX,
  ),
  MCAST_FRAGMENT: wifi('A fragment of a multicast frame, which must not exist.', 'A broken sender.', PMF, RX),
  DEFRAG_MISMATCH: wifi(
    'A fragment that belongs to no frame being put together.',
    'The first fragment was lost on the air.',
    LINK,
    RX,
    'usually',
  ),
};

const AGGREGATES: ReasonRows = {
  BAD_4ADDR: wifi(
    'A 4-address aggregate at an interface that does not do that.',
    'WDS mode differs between the ends.',
    FOUR_ADDR,
    RX,
  ),
  BAD_AMSDU: wifi(
    'An aggregated frame (A-MSDU) that is malformed or not allowed here.',
    'A broken sender or an aggregation attack.',
    DRIVER,
    RX,
  ),
  BAD_AMSDU_CIPHER: wifi(
    'An aggregated frame with a cipher that does not protect the aggregation bit.',
    'The peer aggregates with TKIP or WEP.',
    'Use CCMP or GCMP: `iw dev DEV link`, hostapd’s rsn_pairwise.',
    RX,
  ),
  AMSDU_WITHOUT_DATA: wifi('An aggregate that carries no data.', 'A broken sender.', DRIVER, RX, 'usually'),
  UNEXPECTED_4ADDR_FRAME: FOUR_ADDR_FRAME,
  UNEXPECTED_4ADDR: FOUR_ADDR_FRAME,
  UNEXPECTED_VLAN_4ADDR: wifi(
    'A 4-address frame at an AP VLAN interface without a WDS station.',
    'The station uses WDS, hostapd is not set up for it.',
    FOUR_ADDR,
    RX,
  ),
  UNEXPECTED_STA_4ADDR: wifi(
    'The access point sent a 4-address frame to a station not in that mode.',
    'WDS is on at one end only.',
    FOUR_ADDR,
    RX,
  ),
  UNEXPECTED_VLAN_MCAST: wifi(
    'A 3-address multicast frame at a 4-address VLAN interface.',
    'The station sends multicasts both ways; one copy is enough.',
    FOUR_ADDR,
    RX,
    'usually',
  ),
};

const MANAGEMENT: ReasonRows = {
  BAD_BCN_KEYIDX: BAD_BCN,
  BAD_MGMT_KEYIDX: BAD_MGMT,
  RUNT_ACTION: wifi('An action frame too short.', 'A broken sender.', DRIVER, RX),
  RUNT_MGMT: wifi('A management frame too short.', 'A broken sender or driver.', DRIVER, RX),
  UNPROT_ACTION: wifi(
    'A robust action frame before keys were installed.',
    'The peer is ahead in the handshake, or a forged frame.',
    PMF,
    RX,
  ),
  UNPROT_DUAL: wifi(
    'A protected dual-use action frame that was not encrypted.',
    'A peer without management frame protection, or forged.',
    PMF,
    RX,
  ),
  UNPROT_UCAST_MGMT: wifi(
    'An unencrypted management frame although protection (802.11w) is on.',
    'A forged deauthentication or an access point out of step.',
    PMF,
    RX,
  ),
  UNPROT_MCAST_MGMT: wifi(
    'A broadcast management frame without its integrity element.',
    'Forged, or the access point does not protect it.',
    PMF,
    RX,
  ),
  UNPROT_BEACON: wifi(
    'A beacon without protection although beacon protection is on.',
    'A spoofed beacon or an access point out of step.',
    PMF,
    RX,
  ),
  UNPROT_UNICAST_PUB_ACTION: wifi(
    'An unprotected public action frame although protection is on.',
    'Forged, or a peer that does not protect it.',
    PMF,
    RX,
  ),
  UNPROT_ROBUST_ACTION: wifi(
    'A robust action frame before association.',
    'A station that believes to be connected, or forged.',
    PMF,
    RX,
    'usually',
  ),
  ACTION_UNKNOWN_SRC: wifi(
    'An action frame of an unknown station.',
    'A neighbour of another network.',
    CHATTER,
    RX,
    'usually',
  ),
  REJECTED_ACTION_RESPONSE: wifi(
    'Our own action frame came back as rejected.',
    'The peer does not know this kind of action.',
    CHATTER,
    RX,
    'always',
  ),
  UNKNOWN_ACTION_REJECTED: wifi(
    'An action frame nobody here understands; it was returned as rejected.',
    'The peer uses a feature this side lacks.',
    CHATTER,
    RX,
    'always',
  ),
  MALFORMED_ACTION: wifi('A malformed action frame.', 'A broken sender.', CHATTER, RX, 'usually'),
  UNKNOWN_MCAST_ACTION: wifi(
    'A multicast action frame nobody here understands.',
    NO_CAUSE,
    CHATTER,
    RX,
    'always',
  ),
  EXPECTED_MGMT: wifi('Not a management frame where only those are left.', NO_CAUSE, CHATTER, RX, 'always'),
  NONBCAST_BEACON: wifi(
    'A beacon that is not sent to broadcast.',
    'A broken access point or a spoofed beacon.',
    PMF,
    RX,
  ),
  UNHANDLED_MGMT: wifi(
    'A management frame at a kind of interface that takes none.',
    NO_CAUSE,
    CHATTER,
    RX,
    'always',
  ),
  UNHANDLED_MGMT_STYPE: wifi(
    'A kind of management frame nobody here needs.',
    NO_CAUSE,
    CHATTER,
    RX,
    'always',
  ),
  UNHANDLED_PREQ: wifi(
    'A probe request at an interface that does not answer those.',
    NO_CAUSE,
    CHATTER,
    RX,
    'always',
  ),
  UNHANDLED_DEAUTH: wifi('A deauthentication left to hostapd.', 'A station leaves.', CHATTER, RX, 'always'),
  UNHANDLED_DISASSOC: wifi(
    'A disassociation or association response left to user space.',
    'A station leaves or joins.',
    CHATTER,
    RX,
    'always',
  ),
  MCAST_DEAUTH: wifi(
    'A deauthentication to a multicast address that is not broadcast.',
    'A broken or hostile sender.',
    PMF,
    RX,
  ),
  MCAST_DISASSOC: wifi(
    'A disassociation to a multicast address that is not broadcast.',
    'A broken or hostile sender.',
    PMF,
    RX,
  ),
};

const MESH_ROWS: ReasonRows = {
  MESH_DS_BITS: wifi(
    'A mesh multicast with the wrong direction bits.',
    'A neighbour that is not in this mesh, or broken.',
    MESH,
    RX,
  ),
  MESH_A3_MISMATCH: wifi(
    'Our own mesh multicast came back.',
    'A neighbour repeated it; that is how a mesh floods.',
    MESH,
    RX,
    'always',
  ),
  MESH_NO_A4: wifi(
    'A mesh frame without its fourth address.',
    'A neighbour that is not in this mesh, or broken.',
    MESH,
    RX,
  ),
  MESH_A4_MISMATCH: wifi('Our own mesh frame came back.', 'A forwarding loop among neighbours.', MESH, RX),
  MESH_UNEXP_DATA: wifi(
    'Data of a station that is no mesh peer.',
    'Peering is not set up or was ended.',
    MESH,
    RX,
  ),
  MESH_WRONG_ACTION: wifi(
    'An action frame a non-peer may not send.',
    'Peering is not set up.',
    MESH,
    RX,
    'usually',
  ),
  MESH_UNEXP_MGMT: wifi(
    'A management frame a non-peer may not send.',
    'Peering is not set up.',
    MESH,
    RX,
    'usually',
  ),
  RUNT_MESH_DATA: wifi('A mesh frame too short for its headers.', 'Truncated frame.', DRIVER, RX),
  MESH_NO_TTL: wifi(
    'A mesh frame whose hop count was zero on arrival.',
    'A forwarding loop, or a mesh wider than the TTL.',
    MESH,
    RX,
  ),
  MESH_RMC: wifi(
    'A mesh multicast seen before.',
    'Flooding brings it over several neighbours.',
    MESH,
    RX,
    'always',
  ),
  MESH_BAD_AE: wifi(
    'A mesh frame with an address extension that does not fit.',
    'A broken neighbour.',
    MESH,
    RX,
  ),
  MESH_TTL_EXPIRED: wifi(
    'The mesh hop count ran out while forwarding.',
    'A forwarding loop, or a mesh wider than the TTL.',
    'Raise it with `iw dev DEV set mesh_param mesh_ttl=63`; look for loops in `iw dev DEV mpath dump`.',
    RX,
  ),
  MESH_NOT_FORWARDING: wifi(
    'A frame for others at a mesh node that does not forward.',
    'mesh_fwding is off here.',
    'If it should forward: `iw dev DEV set mesh_param mesh_fwding=1`.',
    RX,
  ),
};

/** Subsystem mac80211_unusable (6.4), names without RX_DROP_U_; kernels of 7.x split RX_DROP into many of them. */
export const MAC80211_UNUSABLE: readonly ReasonRows[] = [
  GENERAL,
  DECRYPTION,
  FRAGMENTS,
  AGGREGATES,
  MANAGEMENT,
  MESH_ROWS,
];
