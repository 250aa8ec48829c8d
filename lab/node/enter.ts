import { LabError } from '../lab-error.ts';
import { childOf } from '../machine/processes.ts';

/** For execa: an environment of the node's, nothing of the machine's. */
export const nodeEnvironment = {
  extendEnv: false,
  env: {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
  },
} as const;

/** The node's first process, as the machine numbers it: the one child of its keeper. */
export function firstProcessOf(keeperPid: number): number {
  const pid = childOf(keeperPid);
  if (pid === undefined) throw new LabError(`the node has no first process [keeper=${keeperPid}]`);
  return pid;
}

/**
 * The arguments for `nsenter` that run a program on the node: in all of its namespaces, as its root. It
 * ends with the node.
 */
export function onNode(keeperPid: number, argv: readonly string[]): readonly string[] {
  const target = `--target=${firstProcessOf(keeperPid)}`;
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup'];
  return [target, ...namespaces, '--', ...argv];
}

/** Where the machine sees a path of the node. */
export function seenFromMachine(keeperPid: number, path: string): string {
  return `/proc/${firstProcessOf(keeperPid)}/root${path}`;
}
