import type { DebugSession } from './run.ts';

/** The debug session of one take; the pod's name follows from run and take, so that a retry finds its own. */
export function debugSession(
  { run, take }: { readonly run: string; readonly take: number },
  pod: Omit<DebugSession, 'podName'>,
): DebugSession {
  return { podName: `etcd-backup-${run}-${take}`, ...pod };
}
