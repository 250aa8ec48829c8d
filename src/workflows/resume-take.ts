import type { BackupRequest, KeptTake, Run, TakeContext } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { Board } from './board.ts';
import { removeTake } from './clean-up.ts';
import type { Reached } from './clean-up.ts';
import { nameSession, nameTake } from './name-run.ts';
import type { PassedGuards } from './pass-guards.ts';
import type { RunStep } from './step-runner.ts';

/** A take of an earlier run, and the way to it. */
export interface ResumedTake {
  readonly context: TakeContext;
  readonly kept: KeptTake;
}

/**
 * Finds the node on which the earlier run of this name kept its verified files, and goes on with them under that run's id, so that
 * uploads that it began are continued. Opens a debug session on one node after the other, and ends those that were in vain.
 */
export async function resumeTake(
  runStep: RunStep,
  board: Board,
  { facts, policy }: PassedGuards,
  run: Run,
  { node }: BackupRequest,
  reached: Reached,
): Promise<ResumedTake> {
  const known = [...facts.candidates, ...facts.nodes].map(({ name }) => name);
  const names = node === undefined ? [...new Set(known)] : [node];
  const image = policy.image ?? facts.candidates[0]?.etcdImage;
  for (const [index, name] of names.entries()) {
    const take = nameTake(run, policy, index + 1, name);
    const session =
      policy.access === 'debugPod' && image !== undefined
        ? nameSession(run, policy, take, image)
        : undefined;
    const visit = { run, policy, take, ...(session === undefined ? {} : { session }) };
    board.onNode(name);
    if (session !== undefined) reached.session = { ...visit, session };
    const label = { summary: name, take: take.number };
    await runStep('startDebugSession', visit, label);
    const { kept } = await runStep('findKeptTake', visit, label);
    if (kept !== undefined) {
      const own = { name: run.name, id: kept.run.id, cluster: run.cluster };
      board.continues(own.id);
      // Files that were worth keeping are kept until they are stored, whatever the configuration says by now.
      const goOn = { ...policy, ...kept.policy, keepOnNode: 'onUploadFailure' } as const;
      const context = {
        ...visit,
        run: own,
        policy: goOn,
        take: { ...take, directory: kept.take.directory },
      };
      reached.files = context;
      return { context, kept };
    }
    await removeTake(runStep, reached);
  }
  throw failure('ConfigInvalid', {
    observed: `no control plane node has kept files of run ${run.name}: looked on ${names.join(', ')}`,
    nextStep: `See what is kept with etcd-backup cleanup ${run.cluster}, which removes nothing of it.`,
  });
}
