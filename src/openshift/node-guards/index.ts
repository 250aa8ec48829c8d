import { combinedFile } from './combined-file.ts';
import { etcdMember } from './etcd-member.ts';
import { etcdQuorum } from './etcd-quorum.ts';
import { freeSpace } from './free-space.ts';
import type { NodeGuardName } from './names.ts';
import type { NodeGuard } from './node-guard.ts';
import { separateStores } from './separate-stores.ts';
import { tools } from './tools.ts';

/** The guards that only the node can answer, by the name that an override uses. */
export const nodeGuards: Readonly<Record<NodeGuardName, NodeGuard>> = {
  tools,
  freeSpace,
  etcdQuorum,
  etcdMember,
  separateStores,
  combinedFile,
};
