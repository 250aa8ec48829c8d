import type { EtcdFacts } from '../contracts/index.ts';

/** A member that is not well, and why. */
export interface UnhealthyMember {
  /** Hexadecimal, as etcdctl prints it. */
  readonly id: string;
  /** Empty while it has not started. */
  readonly name: string;
  readonly observed: string;
}

/** What etcd's members said of their health, beyond the facts that a manifest keeps. */
export interface EtcdHealth {
  readonly unhealthy: readonly UnhealthyMember[];
  /** Absent where etcd did not say: asking for alarms needs a quorum. */
  readonly alarms?: readonly { readonly member: string; readonly alarm: string }[];
  /** The last raft entry that the member behind the node has in its database. */
  readonly appliedIndex: number;
}

/**
 * What came of asking etcd. `silent`: nobody answers at the client port of the member behind this node, or it is a learner
 * and no other member answers. `unknown`: it could not be asked, which says nothing of etcd.
 */
export type EtcdAnswer =
  | { readonly outcome: 'answered'; readonly etcd: EtcdFacts; readonly health: EtcdHealth }
  | { readonly outcome: 'silent' | 'unknown'; readonly reason: string };
