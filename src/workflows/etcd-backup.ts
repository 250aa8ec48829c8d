import { CancellationScope, TemporalFailure, workflowInfo } from '@temporalio/workflow';

import { formatBytes } from '../contracts/index.ts';
import type { BackupRequest, BackupResult, Leftover, Run, RunContext } from '../contracts/index.ts';
import { openBoard } from './board.ts';
import type { Board } from './board.ts';
import { cleanUp } from './clean-up.ts';
import type { Reached } from './clean-up.ts';
import { endCompleted, endFailed } from './end-run.ts';
import { nameRun } from './name-run.ts';
import { stepRunner } from './step-runner.ts';
import type { StepRunner } from './step-runner.ts';
import { takeSnapshot } from './take-snapshot.ts';
import { writeManifest } from './write-manifest.ts';

/**
 * Backs up one cluster's etcd: a snapshot and the static kube resources, verified, in their stores, and a manifest.
 *
 * Nothing of ours stays on the cluster, whatever the outcome, cancellation included; what could not be removed is named. A
 * run that completes has a manifest over bytes that were read back; a run that does not ends with one failure of the
 * catalogue and has none.
 */
export async function etcdBackup(request: BackupRequest): Promise<BackupResult> {
  const run = nameRun(request.cluster);
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

  const leftovers = await CancellationScope.nonCancellable(() =>
    cleanUp(steps.runStep, reached, error),
  );
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
  const { facts, policy } = await runStep(
    'checkCluster',
    { run, request },
    { summary: run.cluster },
  );
  const context: RunContext = { run, policy };
  steps.limitBy(policy);
  board.onNode(facts.node.name);

  reached.lease = context;
  await runStep('acquireLease', context, { summary: `${policy.namespace}/etcd-backup` });

  const taken = await takeSnapshot(runStep, context, facts, reached);
  const { node, script } = taken;
  const sizeBytes = node.databaseBytes;
  const verified = await runStep(
    'verifySnapshot',
    { ...taken.context, node, script },
    { summary: `${facts.node.name} · ${script.fileNames.snapshot}`, sizeBytes },
  );

  const files = [];
  for (const file of verified.files) {
    const step = file.kind === 'snapshot' ? 'uploadSnapshot' : 'uploadStaticKubeResources';
    const store = policy.stores[file.kind === 'snapshot' ? 'snapshot' : 'staticKubeResources'];
    const summary = `${store} · ${formatBytes(file.sizeBytes)}`;
    files.push(
      await runStep(step, { ...taken.context, file }, { summary, sizeBytes: file.sizeBytes }),
    );
  }
  const stored = await runStep(
    'verifyStored',
    { ...context, files },
    { summary: [...new Set(files.map((file) => file.store))].join(', '), sizeBytes },
  );

  const verification = [...stored.verification, ...verified.verification];
  const manifest = writeManifest({ request, facts, taken, files, verification, run });
  const reference = await runStep('commitBackup', { ...context, manifest }, { summary: run.id });
  return {
    id: run.id,
    cluster: run.cluster,
    nodeName: facts.node.name,
    openshiftVersion: facts.openshiftVersion,
    manifest: reference,
    files,
    verification,
    warnings: facts.guards
      .filter(({ outcome }) => outcome === 'overridden' || outcome === 'notEvaluated')
      .map(({ guard, outcome, evidence }) => `${guard} ${outcome}: ${evidence}`),
    startedAt,
  };
}

function ended(
  leftovers: readonly Leftover[],
): Pick<BackupResult, 'outcome' | 'leftovers' | 'finishedAt'> {
  const outcome = leftovers.length === 0 ? 'completed' : 'completedWithLeftovers';
  return { outcome, leftovers, finishedAt: new Date().toISOString() };
}
