import { workflowInfo } from '@temporalio/workflow';

import { failure } from '../contracts/failures.ts';
import { debugSession, podDeadlineSeconds } from '../contracts/debug-session.ts';
import type { BackupPolicy, DebugSession, Run, Take } from '../contracts/index.ts';

/**
 * Names the run by what a Reset keeps, to whichever task: the start time and the id of the first execution. The run id
 * changes, and so does a `uuid4()` when the first task is run again. Two executions of one chain (retries, cron) differ in
 * their start times, so that none ever takes another's files for its own. A run that resumes another has that one's name.
 */
export function nameRun(cluster: string, resume?: string): Run {
  const { firstExecutionRunId, startTime } = workflowInfo();
  const random = BigInt(`0x${firstExecutionRunId.slice(-12)}`);
  const name = (random ^ BigInt(startTime.getTime())).toString(16).padStart(12, '0');
  const time = startTime.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  if (resume === undefined) return { name, id: `${time}-${name}`, cluster };
  if (/^[a-z0-9]{12}$/.test(resume)) return { name: resume, id: `${time}-${resume}`, cluster };
  throw failure('ConfigInvalid', {
    observed: `the run to be resumed is "${resume.slice(0, 40)}", expected its name: 12 of a-z and 0-9`,
    nextStep: `Take the name from the failed run, or from etcd-backup cleanup ${cluster}.`,
  });
}

/** Names a take's directory on its node. */
export function nameTake(run: Run, policy: BackupPolicy, number: number, nodeName: string): Take {
  return { number, nodeName, directory: `${policy.backupDirectory}/${run.name}-${number}` };
}

/** The debug session of a take. */
export function nameSession(
  run: Run,
  policy: BackupPolicy,
  take: Take,
  image: string,
): DebugSession {
  return debugSession(
    { run: run.name, take: take.number },
    {
      namespace: policy.namespace,
      nodeName: take.nodeName,
      image,
      activeDeadlineSeconds: podDeadlineSeconds,
    },
  );
}

/** Where the Lease is, or the lock on the node that replaces it. */
export function nameMutex({ mutex, namespace, backupDirectory, lockNode }: BackupPolicy): string {
  if (mutex === 'lease') return `${namespace}/etcd-backup`;
  return `${lockNode === undefined ? '' : `${lockNode}:`}${backupDirectory}/.lock`;
}
