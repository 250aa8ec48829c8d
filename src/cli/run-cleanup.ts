import type { CleanupScene } from '../cleanup/find-everything.ts';
import { findNodes } from '../cleanup/find-nodes.ts';
import type { Verdict } from '../cleanup/judge-findings.ts';
import { nodeVisits } from '../cleanup/node-visits.ts';
import type { Problem } from '../cleanup/problem.ts';
import { removeFindings } from '../cleanup/remove-findings.ts';
import { judgeAgain, surveyCluster } from '../cleanup/survey.ts';
import type { Survey, SurveyOptions } from '../cleanup/survey.ts';
import type { ClusterConfig, Config } from '../config/config.ts';
import { createResolver } from '../config/resolve.ts';
import { cleanupReporter } from './cleanup-reporter.ts';
import type { CleanupReporter, CleanupResult } from './cleanup-reporter.ts';
import { confirm } from './confirm.ts';
import { temporalAddress } from './connect-temporal.ts';
import { exitCode } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';
import { onSignals } from './interrupts.ts';
import { liveWorkflows } from './live-workflows.ts';

/** Options of {@link runCleanup}. */
export interface RunCleanupOptions {
  readonly config: Config;
  /** The cluster's name in the configuration. */
  readonly name: string;
  readonly cluster: ClusterConfig;
  readonly nodes: boolean;
  readonly kept: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * Lists everything of ours, and removes on confirmation what no live run needs. Whatever its visits made on the cluster is
 * gone when it returns, an interrupt included. Returns the exit code that tells whether something was left.
 */
export async function runCleanup(options: RunCleanupOptions): Promise<ExitCode> {
  const interrupt = new AbortController();
  const interrupted = (): void => interrupt.abort(new Interrupted());
  const stopListening = onSignals(['SIGINT', 'SIGTERM'], {
    first: interrupted,
    second: () => process.exit(exitCode.cancelled),
  });
  const reporter = cleanupReporter(options.json);
  const { signal } = interrupt;
  let scene: CleanupScene | undefined;
  try {
    const prepared = await prepare(options, signal);
    scene = prepared.scene;
    reporter.looking(scene);
    for (const problem of prepared.problems) reporter.problem(problem);
    const result = await cleanUp(scene, options, { reporter, signal, interrupted });
    const left = result.left + prepared.problems.length;
    reporter.end({ ...result, left });
    return left > 0 ? exitCode.completedWithLeftovers : exitCode.completed;
  } catch (error) {
    if (!(signal.reason instanceof Interrupted)) throw error;
    reporter.interrupted();
    return exitCode.cancelled;
  } finally {
    const left = await scene?.visits.end(AbortSignal.timeout(endMs));
    for (const problem of left ?? []) reporter.problem(problem);
    stopListening();
  }
}

class Interrupted extends Error {}

// A pod of ours that outlives this ends by itself.
const endMs = 150_000;

async function prepare(
  { config, name, cluster, nodes }: RunCleanupOptions,
  signal: AbortSignal,
): Promise<{ readonly scene: CleanupScene; readonly problems: readonly Problem[] }> {
  const resolver = createResolver(config);
  const { api, node } = resolver.cluster(name);
  const found = nodes ? await findNodes(api, cluster, signal) : { nodes: [], problems: [] };
  const visits = nodeVisits(node, { ...cluster, name }, found.nodes);
  return {
    scene: { name, cluster, resolver, api, visits, nodes: found.nodes },
    problems: found.problems,
  };
}

interface Control {
  readonly reporter: CleanupReporter;
  readonly signal: AbortSignal;
  readonly interrupted: () => void;
}

async function cleanUp(
  scene: CleanupScene,
  { kept, yes, json }: RunCleanupOptions,
  { reporter, signal, interrupted }: Control,
): Promise<CleanupResult> {
  const askTemporal: SurveyOptions['askTemporal'] = (signal) =>
    liveWorkflows(temporalAddress(), scene.name, signal);
  const options = { kept, askTemporal };
  const survey = await surveyCluster(scene, options, signal);
  reporter.survey(survey);
  const due = count(survey, 'remove');
  const others = count(survey, 'kept') + count(survey, 'unknown') + survey.problems.length;
  const result = { cluster: scene.name, live: count(survey, 'live') };
  if (due === 0) return { ...result, removed: 0, left: others };
  const isConfirmed = yes || (await asked(due, json, { signal, interrupted }));
  if (!isConfirmed) {
    reporter.unconfirmed();
    return { ...result, removed: 0, left: due + others };
  }
  // Whoever was asked may have taken their time.
  const judged = yes ? survey.judged : await judgeAgain(scene, survey, options, signal);
  let removed = 0;
  for await (const removal of removeFindings(scene, judged, { kept }, signal)) {
    reporter.removal(removal);
    if (removal.outcome === 'removed') removed += 1;
  }
  return { ...result, removed, left: due - removed + others };
}

function count({ judged }: Survey, verdict: Verdict['verdict']): number {
  return judged.filter((each) => each.verdict.verdict === verdict).length;
}

async function asked(
  due: number,
  json: boolean,
  control: Pick<Control, 'signal' | 'interrupted'>,
): Promise<boolean> {
  if (json || !process.stdin.isTTY || !process.stdout.isTTY) return false;
  return await confirm(`Remove ${due === 1 ? 'this' : `these ${due}`}?`, control);
}
