import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { z } from 'zod';

import { handlers, workflowId } from '../contracts/index.ts';
import type { RecheckRequest, RecheckResult } from '../contracts/index.ts';
import { exitCode } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';
import { CommandError } from './reported-error.ts';
import { withClient } from './with-client.ts';

/** Asks the run of a cluster for a recheck, and says what came of it. Returns the exit code that tells it. */
export async function runRecheck(
  cluster: string,
  request: RecheckRequest,
  json: boolean,
): Promise<ExitCode> {
  const result = await withClient(async (client) => await recheck(client, cluster, request));
  process.stdout.write(`${json ? JSON.stringify(result) : inWords(result)}\n`);
  return result.outcome === 'refused' ? exitCode.guardRefused : exitCode.completed;
}

const answerShape = z.looseObject({
  outcome: z.enum(['ready', 'waiting', 'refused']),
  guards: z.array(z.looseObject({ guard: z.string(), outcome: z.string(), evidence: z.string() })),
  observed: z.string().exactOptional(),
});

type Answer = z.infer<typeof answerShape>;

async function recheck(client: Client, cluster: string, request: RecheckRequest): Promise<Answer> {
  const id = workflowId(cluster);
  try {
    const handle = client.workflow.getHandle(id);
    const answer: unknown = await handle.executeUpdate<RecheckResult, [RecheckRequest]>(
      handlers.recheck.name,
      { args: [request] },
    );
    return answerShape.parse(answer);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) {
      throw notDone('NothingWaits', `no run of ${cluster} is there [workflowId=${id}]`);
    }
    if (error instanceof WorkflowUpdateFailedError) {
      const why = error.cause instanceof Error ? error.cause.message : error.message;
      throw notDone('RecheckRejected', why);
    }
    throw error;
  }
}

function notDone(type: string, observed: string): CommandError {
  const nextStep = 'Look at the run: `etcd-backup list --runs`, or its page in the Temporal UI.';
  return new CommandError({ type, observed, nextStep }, exitCode.failed);
}

function inWords({ outcome, guards, observed }: Answer): string {
  if (outcome === 'ready') return 'The guards passed: the backup goes on.';
  if (outcome === 'refused') return `Refused: ${observed ?? 'see the run'}`;
  const waiting = guards.filter((each) => each.outcome === 'waiting');
  return [
    'The run waits again:',
    ...waiting.map((each) => `  ${each.guard}: ${each.evidence}`),
  ].join('\n');
}
