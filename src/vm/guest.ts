/** How the guest gets its root: virtiofs needs virtiofsd and root on the host, 9p needs nothing. */
export type RootShare = 'virtiofs' | '9p';

/** What one run tells the guest. Paths are the host's: the guest sees the same tree. */
export interface GuestPlan {
  readonly rootShare: RootShare;
  /** Module files below /modules of the initramfs, in the order to insert them. */
  readonly insert: readonly string[];
  readonly modules: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** Directories the guest may write to, mounted at the same path; share number n has the tag share<n>. */
  readonly shares: readonly string[];
}

/** Programs of busybox that the scripts below call. */
export const APPLETS: readonly string[] = [
  'sh',
  'cat',
  'cp',
  'insmod',
  'ip',
  'ln',
  'mkdir',
  'mkfifo',
  'mknod',
  'mount',
  'reboot',
  'sleep',
  'switch_root',
  'uname',
];

/** Where the run's own files are in the guest's root. */
export const RUN_FOLDER = '/run/netwhy-vm';

/** One word for a POSIX shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** First program of the guest: from the initramfs to the host's root under an overlay. */
export const INIT: string = `#!/bin/sh
PATH=/bin
give_up() { echo "vm: $*"; reboot -f; }
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
. /plan/settings
for module in $INSERT; do insmod "/modules/$module" || echo "vm: insmod $module failed"; done
mount -t tmpfs -o mode=755,size=75% writes /writes
mkdir /writes/upper /writes/work
case $ROOT_SHARE in
  9p) mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose root /lower ;;
  virtiofs) mount -t virtiofs -o ro root /lower ;;
esac || give_up "cannot mount the host's root by $ROOT_SHARE"
mount -t overlay -o lowerdir=/lower,upperdir=/writes/upper,workdir=/writes/work root /root ||
  give_up 'cannot put an overlay over the root'
mkdir -p /root/proc /root/sys /root/dev /root/run /root/tmp
mount -t tmpfs -o mode=755 run /root/run
mkdir /root${RUN_FOLDER} /root${RUN_FOLDER}/bin
cp -a /bin/. /root${RUN_FOLDER}/bin/
cp -a /plan/. /root${RUN_FOLDER}/
mount --move /dev /root/dev
mount --move /proc /root/proc
mount --move /sys /root/sys
exec switch_root /root ${RUN_FOLDER}/bin/sh ${RUN_FOLDER}/stage2
`;

/**
 * Second program: mounts, ports, the command, its status. The command writes to pipes, because a virtio port can
 * be open once only and programs do reopen /dev/stderr. The status lines say when the command began, how it ended
 * and, once nobody holds the pipes, how many bytes went out; the host then ends the machine.
 */
export const STAGE2: string = `PATH=${RUN_FOLDER}/bin
cd ${RUN_FOLDER}
. ./settings
mkdir -p /dev/pts /dev/shm /dev/mqueue
# Devices whose opening loads their module (/dev/net/tun); udev makes them elsewhere.
while read -r _ node number; do
  case $number in [bc]*:*)
    rest=\${number#?}
    mkdir -p "/dev/\${node%/*}" 2>/dev/null
    [ -e "/dev/$node" ] || mknod -m 666 "/dev/$node" "\${number%"$rest"}" "\${rest%:*}" "\${rest#*:}" ;;
  esac
done <"$MODULES/$(uname -r)/modules.devname"
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
ln -sf /proc/self/fd /dev/fd
ln -sf fd/0 /dev/stdin
ln -sf fd/1 /dev/stdout
ln -sf fd/2 /dev/stderr
mount -t securityfs securityfs /sys/kernel/security
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
mount -t bpf -o mode=700 bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/netns /run/lock
for folder in /lib /usr/lib; do
  [ "$folder" = /lib ] && [ -L /lib ] && continue
  mkdir -p "$folder/modules"
  mount -o bind "$MODULES" "$folder/modules"
done
. ./shares
echo vm >/proc/sys/kernel/hostname
ip link set lo up
ulimit -l unlimited
ulimit -n 65536
for port in /sys/class/virtio-ports/*; do
  read -r name <"$port/name" || continue
  case $name in
    out) out=\${port##*/} ;;
    err) err=\${port##*/} ;;
    status) status=\${port##*/} ;;
  esac
done
mkfifo out err
cat <out >"/dev/$out" &
out_cat=$!
cat <err >"/dev/$err" &
err_cat=$!
exec 9>"/dev/$status"
echo started >&9
/bin/sh ./command <./stdin >./out 2>./err 9>&-
echo "exited $?" >&9
wait $out_cat $err_cat
sent() {
  while read -r key value; do [ "$key" = bytes_sent: ] && echo "$value"; done <"/sys/kernel/debug/virtio-ports/$1"
}
echo "drained $(sent "$out") $(sent "$err")" >&9
exec sleep 2147483647
`;

/** The assignments both programs start with. */
export function settingsOf({ rootShare, insert, modules }: GuestPlan): string {
  const settings = { ROOT_SHARE: rootShare, INSERT: insert.join(' '), MODULES: modules };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${quote(value)}\n`)
    .join('');
}

/** The shell lines that mount the writable directories. */
export function sharesOf({ shares }: GuestPlan): string {
  const options = 'rw,trans=virtio,version=9p2000.L,msize=512000,cache=none';
  return shares
    .map((folder, i) => `mkdir -p ${quote(folder)}\nmount -t 9p -o ${options} share${i} ${quote(folder)}\n`)
    .join('');
}

/** The script that becomes the user's command. */
export function commandOf({ cwd, env, command }: GuestPlan): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  return `${exports.join('')}cd ${quote(cwd)} || exit 125\nexec ${command.map(quote).join(' ')}\n`;
}
