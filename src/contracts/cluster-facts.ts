import type { BackupPolicy } from './policy.ts';
import type { Override } from './request.ts';

/** A control plane node, as the API shows it. */
export interface NodeSummary {
  readonly name: string;
  readonly uid: string;
  readonly addresses: readonly string[];
  readonly osImage: string;
}

/** A node on which the backup may be taken, in the order in which they are tried. */
export interface NodeCandidate {
  readonly name: string;
  /** Why this one: named, or what makes it fit. */
  readonly reason: string;
  readonly architecture?: string;
  /** The etcd image that runs there, by digest; the debug pod's image too. */
  readonly etcdImage?: string;
}

/** What one guard decided, and on what evidence. */
export interface GuardFinding {
  readonly guard: string;
  /**
   * `waiting`: it will pass by itself at `until`. `notEvaluated` is never a pass: what it asks for could not be known.
   */
  readonly outcome: 'passed' | 'refused' | 'waiting' | 'overridden' | 'notEvaluated';
  /** One line: what was observed. */
  readonly evidence: string;
  /** ISO 8601, UTC: when it passes by itself. Of those that wait, and of those that refuse and know. */
  readonly until?: string;
}

/** etcd encryption as the API shows it. Never a key. */
export interface EncryptionFacts {
  /** `identity` where it is off. */
  readonly type: string;
  readonly state?: string;
}

/** A certificate by what is public of it. Times are ISO 8601, UTC. */
export interface CertificateFacts {
  readonly subject: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * What the target cluster's API said when the run began. No secret, no proxy URL. What it did not say is absent; where it
 * did not answer at all, that is everything but names.
 */
export interface ClusterFacts {
  readonly cluster: {
    readonly name: string;
    readonly id?: string;
    readonly infrastructureName?: string;
    readonly topology?: string;
  };
  readonly openshiftVersion?: string;
  readonly releaseImage?: string;
  readonly nodes: readonly NodeSummary[];
  /** At least one; the first is tried first. */
  readonly candidates: readonly NodeCandidate[];
  readonly proxyEnabled?: boolean;
  /** The ConfigMap in `openshift-config` whose authorities the proxy's certificates need. */
  readonly trustedCA?: string;
  readonly encryption?: EncryptionFacts;
  /** The signers of the cluster's node certificates. */
  readonly signers: readonly CertificateFacts[];
  /** The revision of each static pod operator that the API shows. */
  readonly revisions: Readonly<Record<string, number>>;
  readonly guards: readonly GuardFinding[];
  readonly overrides: readonly Override[];
  /** What a person should know although nothing refuses, one line each. */
  readonly warnings: readonly string[];
}

/** What `checkCluster` decides; it fails where a guard refuses. */
export type ClusterCheck =
  | {
      readonly outcome: 'ready';
      readonly facts: ClusterFacts;
      readonly policy: BackupPolicy;
    }
  | {
      readonly outcome: 'waiting';
      /** ISO 8601, UTC: when the last guard that waits will pass. */
      readonly until: string;
      readonly guards: readonly GuardFinding[];
    }
  /** Of a look at stores alone. */
  | { readonly outcome: 'storesReady' };
