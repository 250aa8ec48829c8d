import { executeChild } from '@temporalio/workflow';
import type { ChildWorkflowOptions } from '@temporalio/workflow';

import { requestMemo, staticMetadata, workflowId, workflowType } from './contracts/index.ts';
import type { BackupRequest, BackupResult } from './contracts/index.ts';

export type { BackupRequest, BackupResult } from './contracts/index.ts';

/** Options of {@link executeBackup}; those of a child workflow, less what makes it safe. */
export type ExecuteBackupOptions = Pick<
  ChildWorkflowOptions,
  | 'workflowId'
  | 'taskQueue'
  | 'priority'
  | 'memo'
  | 'typedSearchAttributes'
  | 'workflowIdReusePolicy'
>;

/**
 * Runs a backup as a child workflow of the calling one and returns its result.
 *
 * Started by its type's name, so that the caller's bundle holds none of our workflow code. A cancelled or closed parent
 * cancels the backup, which still cleans up; a cancelled parent waits for that.
 *
 * @throws `ChildWorkflowFailure` whose cause is an `ApplicationFailure` of `failureCatalogue`, see `docs/failures.md`;
 * `WorkflowExecutionAlreadyStartedError` when a backup of the cluster runs under this id. Under a `workflowId` of its own the
 * backup waits at the cluster's lease instead, some minutes
 */
export async function executeBackup(
  request: BackupRequest,
  options: ExecuteBackupOptions = {},
): Promise<BackupResult> {
  return await executeChild<(request: BackupRequest) => Promise<BackupResult>>(
    workflowType.backup,
    {
      workflowId: workflowId(request.cluster),
      ...options,
      args: [request],
      memo: { ...options.memo, [requestMemo]: request },
      ...staticMetadata(request),
      parentClosePolicy: 'REQUEST_CANCEL',
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    },
  );
}
