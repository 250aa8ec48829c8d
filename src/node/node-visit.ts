import { debugSession } from '../contracts/debug-session.ts';
import type { BackupPolicy, DebugSession, Run, Take } from '../contracts/index.ts';

/** All that leads to a node. The context of a take is one; {@link nodeVisit} makes one for whoever has no take. */
export interface NodeVisit {
  readonly run: Pick<Run, 'name' | 'cluster'>;
  readonly policy: Pick<BackupPolicy, 'access'> & Partial<Pick<BackupPolicy, 'mutex'>>;
  readonly take: Pick<Take, 'number' | 'nodeName'>;
  /** Where the way to the node is a debug pod. */
  readonly session?: DebugSession;
}

/** What a visit without a take is made of. */
export interface VisitOptions {
  /** Names the visitor as a run would be: 12 characters of `[a-z0-9]`. It is in the pod's name and labels. */
  readonly run: Pick<Run, 'name' | 'cluster'>;
  /** Keeps visits of one visitor apart. @default 1 */
  readonly number?: number;
  readonly nodeName: string;
  readonly policy: Pick<BackupPolicy, 'access' | 'namespace' | 'image'> &
    Partial<Pick<BackupPolicy, 'mutex'>>;
  /** The debug pod's image where the policy names none: the etcd image of the node, by digest. */
  readonly etcdImage?: string;
}

/** The pod of a visitor that died ends by itself after this long. */
const visitSeconds = 15 * 60;

/**
 * A visit to a node without a backup: its debug pod is named and labelled as that of a take, so that a cleanup finds what a
 * dead visitor left. Pure. End what it opens, as for a take.
 */
export function nodeVisit({
  run,
  number = 1,
  nodeName,
  policy,
  etcdImage,
}: VisitOptions): NodeVisit {
  const visit = { run, policy, take: { number, nodeName } };
  const image = policy.image ?? etcdImage;
  if (policy.access !== 'debugPod' || image === undefined) return visit;
  const { namespace } = policy;
  const pod = { namespace, nodeName, image, activeDeadlineSeconds: visitSeconds };
  return { ...visit, session: debugSession({ run: run.name, take: number }, pod) };
}
