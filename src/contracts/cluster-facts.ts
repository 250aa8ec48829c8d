import type { Override } from './request.ts';

/** A control plane node, as the API shows it. */
export interface NodeSummary {
  readonly name: string;
  readonly uid: string;
  readonly addresses: readonly string[];
  readonly osImage: string;
}

/** What one guard decided, and on what evidence. */
export interface GuardFinding {
  readonly guard: string;
  /** `notEvaluated` is never a pass: what it asks for could not be known. */
  readonly outcome: 'passed' | 'refused' | 'overridden' | 'notEvaluated';
  /** One line: what was observed. */
  readonly evidence: string;
}

/** etcd encryption as the API shows it. Never a key. */
export interface EncryptionFacts {
  readonly type: string;
  readonly state?: string;
}

/** What the target cluster's API said when the run began. No secret, no proxy URL. */
export interface ClusterFacts {
  readonly cluster: {
    readonly name: string;
    readonly id: string;
    readonly infrastructureName: string;
    readonly topology: string;
    readonly architecture: string;
  };
  readonly openshiftVersion: string;
  readonly releaseImage?: string;
  /** The etcd image that runs on the chosen node, by digest; the debug pod's image too. */
  readonly etcdImage: string;
  readonly nodes: readonly NodeSummary[];
  readonly node: { readonly name: string; readonly reason: string };
  readonly proxyEnabled: boolean;
  readonly encryption: EncryptionFacts;
  /** The revision of each static pod operator that the API shows. */
  readonly revisions: Readonly<Record<string, number>>;
  readonly guards: readonly GuardFinding[];
  readonly overrides: readonly Override[];
}
