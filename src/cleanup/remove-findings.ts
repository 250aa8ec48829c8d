import type { CleanupScene } from './find-everything.ts';
import type { Finding } from './finding.ts';
import { whereOf } from './finding.ts';
import type { Judged } from './judge-findings.ts';
import { orProblem } from './problem.ts';
import type { Problem } from './problem.ts';
import { removeFinding } from './remove-finding.ts';

/** How removing one thing ended. */
export type Removal = { readonly finding: Finding } & (
  | { readonly outcome: 'removed' }
  /** It came to life, or changed hands. */
  | { readonly outcome: 'left'; readonly because: string }
  | { readonly outcome: 'failed'; readonly problem: Problem }
);

/**
 * Removes what is to be removed, one after the other: pods first, which reach into the node, and the lease last, which keeps
 * runs away as long as its holder has a pod. What fails does not keep the rest. Safe to repeat.
 */
export async function* removeFindings(
  scene: CleanupScene,
  judged: readonly Judged[],
  options: { readonly kept: boolean },
  signal: AbortSignal,
): AsyncGenerator<Removal, void, void> {
  const due = judged
    .filter(({ verdict }) => verdict.verdict === 'remove')
    .map(({ finding }) => finding)
    .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  for (const finding of due) {
    signal.throwIfAborted();
    const removed = await orProblem(whereOf(finding), signal, () =>
      removeFinding(scene, finding, options, signal),
    );
    if ('problem' in removed) yield { finding, outcome: 'failed', problem: removed.problem };
    else if (removed.value === undefined) yield { finding, outcome: 'removed' };
    else yield { finding, outcome: 'left', because: removed.value };
  }
}

const order: readonly Finding['kind'][] = ['pod', 'directory', 'lock', 'upload', 'lease'];
