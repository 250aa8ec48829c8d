import { uuid4, workflowInfo } from '@temporalio/workflow';

import type { BackupPolicy, DebugSession, Run, Take } from '../contracts/index.ts';

/**
 * Names the run by what survives a Reset: a value drawn in the first workflow task, and the start time. Workflow and run
 * id do not, so nothing outside Temporal is named by them.
 */
export function nameRun(cluster: string): Run {
  const name = uuid4().replaceAll('-', '').slice(0, 12);
  const time = workflowInfo().startTime.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  return { name, id: `${time}-${name}`, cluster };
}

/** Names a take's directory on its node. */
export function nameTake(run: Run, policy: BackupPolicy, number: number, nodeName: string): Take {
  return { number, nodeName, directory: `${policy.backupDirectory}/${run.name}-${number}` };
}

// A terminated run cleans nothing up: its privileged pod must not outlive it for long. A pod that ends while its run goes
// on is made again.
const podDeadlineSeconds = 2 * 60 * 60;

/** Names a take's debug pod: a take is on one node, so run and take are name enough. */
export function nameSession(
  run: Run,
  policy: BackupPolicy,
  take: Take,
  image: string,
): DebugSession {
  return {
    namespace: policy.namespace,
    podName: `etcd-backup-${run.name}-${take.number}`,
    nodeName: take.nodeName,
    image,
    activeDeadlineSeconds: podDeadlineSeconds,
  };
}
