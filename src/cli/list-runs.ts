import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { z } from 'zod';

import { formatBytes, requestMemo, workflowType } from '../contracts/index.ts';
import { alignColumns } from './align-columns.ts';
import { exitCode } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';
import { formatDuration } from './format-duration.ts';
import { formatTime } from './format-time.ts';
import { withClient } from './with-client.ts';

/** A run as Temporal's visibility shows it; what its memo does not say is absent. */
interface ListedRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly cluster?: string;
  readonly startedAt: string;
  readonly closedAt?: string;
  /** The memo's outcome; else Temporal's status, in lower case. */
  readonly outcome: string;
  readonly failure?: string;
  readonly location?: string;
  readonly bytes?: number;
  readonly leftovers?: number;
}

/** Prints the runs that Temporal knows, of one cluster or of all, running ones and the newest first. */
export async function listRuns(
  cluster: string | undefined,
  { limit, json }: { readonly limit: number; readonly json: boolean },
): Promise<ExitCode> {
  const runs = await withClient(async (client) => await readRuns(client, cluster, limit));
  const lines = json ? runs.map((run) => JSON.stringify(run)) : inWords(runs);
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return exitCode.completed;
}

async function readRuns(
  client: Client,
  cluster: string | undefined,
  limit: number,
): Promise<readonly ListedRun[]> {
  const runs: ListedRun[] = [];
  const query = `WorkflowType = '${workflowType.backup}'`;
  for await (const info of client.workflow.list({ query })) {
    const run = listedRun(info);
    if (cluster === undefined || run.cluster === cluster) runs.push(run);
    if (runs.length === limit) break;
  }
  return runs;
}

// Written by a worker of any release: every field may be missing.
const memoShape = z
  .looseObject({
    etcdBackup: z
      .looseObject({
        outcome: z.string(),
        location: z.string().exactOptional(),
        bytes: z.number().exactOptional(),
        failure: z.string().exactOptional(),
        leftovers: z.number().exactOptional(),
      })
      .optional()
      .catch(undefined),
    [requestMemo]: z.looseObject({ cluster: z.string() }).optional().catch(undefined),
  })
  .catch({ etcdBackup: undefined, [requestMemo]: undefined });

function listedRun(info: WorkflowExecutionInfo): ListedRun {
  const { workflowId, runId, startTime, closeTime, status } = info;
  const memo = memoShape.parse(info.memo ?? {});
  const { outcome, location, bytes, failure, leftovers } = memo.etcdBackup ?? {};
  const [, inId] = /^etcd-backup\/(.+)$/.exec(workflowId) ?? [];
  const cluster = memo[requestMemo]?.cluster ?? inId;
  return {
    workflowId,
    runId,
    ...(cluster === undefined ? {} : { cluster }),
    startedAt: startTime.toISOString(),
    ...(closeTime === undefined ? {} : { closedAt: closeTime.toISOString() }),
    outcome: outcome ?? status.name.toLowerCase(),
    ...(failure === undefined ? {} : { failure }),
    ...(location === undefined ? {} : { location }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(leftovers === undefined ? {} : { leftovers }),
  };
}

function inWords(runs: readonly ListedRun[]): readonly string[] {
  if (runs.length === 0) return ['no run'];
  return alignColumns(
    runs.map(({ workflowId, cluster, startedAt, closedAt, outcome, ...run }) => {
      const end = closedAt === undefined ? Date.now() : Date.parse(closedAt);
      const more = [
        run.failure,
        run.bytes === undefined ? undefined : formatBytes(run.bytes),
        run.location,
        run.leftovers === undefined ? undefined : `${run.leftovers} left behind`,
      ];
      return [
        formatTime(new Date(startedAt)),
        cluster ?? workflowId,
        outcome,
        formatDuration(end - Date.parse(startedAt)),
        more.filter((word) => word !== undefined).join(', '),
      ];
    }),
  );
}
