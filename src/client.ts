import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { isDeepStrictEqual } from 'node:util';

import {
  defaultTaskQueue,
  requestMemo,
  staticMetadata,
  workflowId,
  workflowType,
} from './contracts/index.ts';
import type { BackupRequest, BackupResult } from './contracts/index.ts';
import { failure } from './contracts/failures.ts';

/** The workflow as a client sees it. */
export type BackupWorkflow = (request: BackupRequest) => Promise<BackupResult>;

/** Options of {@link startBackup}. */
export interface StartBackupOptions {
  /** The task queue of the workflow. @default `etcd-backup` */
  readonly taskQueue?: string;
}

/** A backup that was started, or was running already. */
export interface StartedBackup {
  readonly handle: WorkflowHandle<BackupWorkflow>;
  /** The same request was running already; this call started nothing. */
  readonly joined: boolean;
}

/**
 * Starts a backup of a cluster, or joins the one that runs for the same request. At most one runs per cluster: its workflow id is
 * `etcd-backup/<cluster>`. Safe to repeat.
 *
 * @throws `DifferentRequestRunning` when what runs under that id is not this request
 */
export async function startBackup(
  client: Client,
  request: BackupRequest,
  { taskQueue = defaultTaskQueue }: StartBackupOptions = {},
): Promise<StartedBackup> {
  const id = workflowId(request.cluster);
  try {
    const handle = await client.workflow.start<BackupWorkflow>(workflowType.backup, {
      workflowId: id,
      taskQueue,
      args: [request],
      workflowIdConflictPolicy: 'FAIL',
      ...staticMetadata(request),
      memo: { [requestMemo]: request },
    });
    return { handle, joined: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const handle = await sameRequest(client, id, request);
    // It may have ended in between; then there is nothing to join.
    return handle === undefined
      ? await startBackup(client, request, { taskQueue })
      : { handle, joined: true };
  }
}

/** The running backup, when it is the same request: another workflow type or request would answer something else. */
async function sameRequest(
  client: Client,
  id: string,
  request: BackupRequest,
): Promise<WorkflowHandle<BackupWorkflow> | undefined> {
  const running = client.workflow.getHandle<BackupWorkflow>(id);
  const { type, memo, runId, status } = await running.describe();
  if (status.name !== 'RUNNING') return undefined;
  const where = { workflowId: id, runId };
  if (type !== workflowType.backup) {
    throw failure('DifferentRequestRunning', {
      observed: `a workflow of type ${type} runs under this id, expected ${workflowType.backup}`,
      where,
    });
  }
  if (!isDeepStrictEqual(memo?.[requestMemo], plain(request))) {
    throw failure('DifferentRequestRunning', {
      observed: 'a backup of this cluster runs with another request',
      where,
    });
  }
  return client.workflow.getHandle<BackupWorkflow>(id, runId);
}

function plain(request: BackupRequest): unknown {
  return JSON.parse(JSON.stringify(request));
}
