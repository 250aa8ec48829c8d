import type { DebugSession } from './run.ts';

/** The debug session of one take; the pod's name follows from run and take, so that a retry finds its own. */
export function debugSession(
  { run, take }: { readonly run: string; readonly take: number },
  pod: Omit<DebugSession, 'podName'>,
): DebugSession {
  return { podName: `etcd-backup-${run}-${take}`, ...pod };
}

/**
 * The deadline of a take's pod. A terminated run cleans nothing up: its privileged pod must not outlive it for long. A pod
 * that ends while its run goes on is made again.
 */
export const podDeadlineSeconds = 7200;
