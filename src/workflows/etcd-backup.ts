import {
  CancellationScope,
  TemporalFailure,
  allHandlersFinished,
  condition,
  workflowInfo,
} from '@temporalio/workflow';

import type {
  BackupRequest,
  BackupResult,
  GuardFinding,
  KeptTake,
  Leftover,
  Run,
  RunContext,
} from '../contracts/index.ts';
import { openBoard } from './board.ts';
import type { Board } from './board.ts';
import { cleanUp } from './clean-up.ts';
import type { Reached } from './clean-up.ts';
import { endCompleted, endFailed } from './end-run.ts';
import { lookAtStores } from './look-at-stores.ts';
import { nameMutex, nameRun } from './name-run.ts';
import { keepable } from './keepable.ts';
import { guardsOf } from './pass-guards.ts';
import type { Guards, PassedGuards } from './pass-guards.ts';
import { resumeTake } from './resume-take.ts';
import { stepRunner } from './step-runner.ts';
import type { StepRunner } from './step-runner.ts';
import { commitManifest, storeFiles } from './store-files.ts';
import { takeSnapshot } from './take-snapshot.ts';
import type { TakenSnapshot } from './take-snapshot.ts';
import { writeManifest } from './write-manifest.ts';

/**
 * Backs up one cluster's etcd: a snapshot and the static kube resources, verified, in their stores, and a manifest.
 *
 * Nothing of ours stays on the cluster, whatever the outcome, cancellation included; what could not be removed is named. A
 * run that completes has a manifest over bytes that were read back; a run that does not ends with one failure of the
 * catalogue and has none.
 */
export async function etcdBackup(request: BackupRequest): Promise<BackupResult> {
  const run = nameRun(request.cluster, request.resume);
  const board = openBoard(run);
  const steps = stepRunner(board, request.taskQueue);
  const reached: Reached = {};

  let backup: Backup | undefined;
  let error: unknown;
  try {
    backup = await backUp(run, request, board, steps, reached);
  } catch (caught) {
    // A fault of the workflow's own must stop the task, so that a mended release can go on; it must not end the run.
    if (!(caught instanceof TemporalFailure)) throw caught;
    error = caught;
  }

  const leftovers = await CancellationScope.nonCancellable(async () => {
    const left = await cleanUp(steps.runStep, reached, error);
    await condition(allHandlersFinished);
    return left;
  });
  if (backup === undefined) throw endFailed(board, error, leftovers);
  const result = { ...backup, ...ended(leftovers) };
  endCompleted(board, result);
  return result;
}

type Backup = Omit<BackupResult, 'outcome' | 'leftovers' | 'finishedAt'>;

/** The manual's procedure, from the first look at the cluster to the manifest. */
async function backUp(
  run: Run,
  request: BackupRequest,
  board: Board,
  steps: StepRunner,
  reached: Reached,
): Promise<Backup> {
  const { runStep } = steps;
  const startedAt = workflowInfo().startTime.toISOString();
  const guards = guardsOf(run, request, board, runStep);
  const passed = await guards.pass();
  const { policy } = passed;
  const context: RunContext = { run, policy };
  steps.limitBy(policy);
  await lookAtStores(runStep, context, request);

  reached.lease = context;
  await runStep('acquireLease', context, { summary: nameMutex(policy) });

  const { taken, kept } = await takeOrResume(runStep, board, guards, passed, run, request, reached);
  const { facts, node, verified } = taken;

  const rechecks = [...(kept?.rechecks ?? []), ...guards.rechecks()];
  const labels = kept?.labels ?? request.labels;
  const gathered = { taken, rechecks, ...(labels === undefined ? {} : { labels }) };
  reached.uploads = taken.context;
  reached.kept = kept === undefined ? keepable(gathered) : { ...kept, rechecks };
  const stored = await storeFiles(runStep, taken);
  delete reached.uploads;
  const { files } = stored;
  const verification = [...stored.verification, ...verified.verification];
  const resumed = kept === undefined ? {} : { kept };
  const manifest = writeManifest({ ...gathered, ...resumed, files, verification });
  const reference = await commitManifest(runStep, taken.context, manifest);
  return {
    id: taken.context.run.id,
    cluster: run.cluster,
    nodeName: taken.candidate.name,
    openshiftVersion: node.openshiftVersion,
    manifest: { store: reference.store, key: reference.key, sha256: reference.sha256 },
    files,
    verification,
    warnings: [
      ...facts.warnings,
      ...node.warnings,
      ...(verified.warnings ?? []),
      ...manifest.guards.flatMap(warningOf),
    ],
    startedAt,
  };
}

/** The files of a new take, or those that an earlier run kept. */
async function takeOrResume(
  runStep: StepRunner['runStep'],
  board: Board,
  guards: Guards,
  passed: PassedGuards,
  run: Run,
  request: BackupRequest,
  reached: Reached,
): Promise<{ readonly taken: TakenSnapshot; readonly kept?: KeptTake }> {
  if (request.resume === undefined) {
    return { taken: await takeSnapshot(runStep, board, guards, passed, run, reached) };
  }
  reached.resumed = true;
  const { context, kept } = await resumeTake(runStep, board, passed, run, request, reached);
  const { facts, candidate, node, script, verified, takes } = kept;
  return { taken: { context, facts, candidate, node, script, verified, takes }, kept };
}

function warningOf({ guard, outcome, evidence }: GuardFinding): readonly string[] {
  const isWarning = outcome === 'overridden' || outcome === 'notEvaluated';
  return isWarning ? [`${guard} ${outcome}: ${evidence}`] : [];
}

function ended(
  leftovers: readonly Leftover[],
): Pick<BackupResult, 'outcome' | 'leftovers' | 'finishedAt'> {
  const outcome = leftovers.length === 0 ? 'completed' : 'completedWithLeftovers';
  return { outcome, leftovers, finishedAt: new Date().toISOString() };
}
