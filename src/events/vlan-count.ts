import { layoutOf, type RecordLayout } from './layout.ts';

/** Tagged frames are counted by namespace (inode), interface (its index there) and VLAN id. No byte is unused. */
export const VLAN_KEY: RecordLayout<'netns' | 'ifindex' | 'vlan'> = layoutOf({
  netns: 'u64',
  ifindex: 'u32',
  vlan: 'u32',
});

/** Frames that came in with a tag. */
export interface VlanCount {
  readonly netns: number;
  readonly ifindex: number;
  readonly vlan: number;
  readonly packets: number;
}
