/** The guards that only the node can answer, by the name that an override uses, in the order in which they are reported. */
export const nodeGuardNames = [
  'tools',
  'freeSpace',
  'etcdQuorum',
  'etcdMember',
  'separateStores',
  'combinedFile',
] as const;

export type NodeGuardName = (typeof nodeGuardNames)[number];
