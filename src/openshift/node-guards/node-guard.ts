import type { BackupPolicy, EncryptionFacts, KeyGeneration } from '../../contracts/index.ts';
import type { EtcdAnswer } from '../etcd-answer.ts';

/** What the node, and etcd on it, said: all that a node guard looks at. Sizes in bytes. */
export interface NodeGuardContext {
  /** Tools that our programs need and the node does not have. */
  readonly missingTools: readonly string[];
  readonly space: {
    /** Free on the file system of the backup directory. */
    readonly free: number;
    /** The size of that file system. */
    readonly total: number;
    readonly database: number;
    /** What a run of the release's script takes at its peak, as a multiple of the database. */
    readonly peakDisk: number;
  };
  readonly script: {
    readonly release: string;
    /** It writes snapshot and static kube resources into one file. */
    readonly writesCombinedFile: boolean;
  };
  /** Where the files go. */
  readonly policy: Pick<BackupPolicy, 'stores' | 'copies' | 'separateStores' | 'storePolicies'>;
  readonly etcd: EtcdAnswer;
  /** As the API shows it; absent where it could not be asked. */
  readonly encryption?: EncryptionFacts;
  /** As the node shows it; absent where it could not be read. */
  readonly keys?: KeyGeneration;
}

/** What a node guard found, with one line of evidence. `notEvaluated`: what it asks for could not be known. */
export interface NodeVerdict {
  readonly outcome: 'passed' | 'refused' | 'notEvaluated';
  readonly evidence: string;
  /** Of a refusal: no other node could answer better. */
  readonly isEverywhere?: true;
}

/** One condition that only the node can answer, decided before the script runs. Pure. */
export type NodeGuard = (context: NodeGuardContext) => NodeVerdict;

export function passed(evidence: string): NodeVerdict {
  return { outcome: 'passed', evidence };
}

export function refused(evidence: string): NodeVerdict {
  return { outcome: 'refused', evidence };
}

/** What refuses every node: it is so of the whole cluster, and not only as this node sees it. */
export function refusedEverywhere(evidence: string): NodeVerdict {
  return { outcome: 'refused', evidence, isEverywhere: true };
}

export function notEvaluated(evidence: string): NodeVerdict {
  return { outcome: 'notEvaluated', evidence };
}
