import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

import { identityOf } from '../../lab/machine/processes.ts';
import type { ProcessIdentity } from '../../lab/machine/processes.ts';

/** What a control plane node could leave on the machine that it ran on, one line each. */
export function machineTraces(): readonly string[] {
  return [
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => `mount ${line}`),
    ...entriesOf('/sys/class/net').map((name) => `interface ${name}`),
    ...entriesOf('/sys/fs/cgroup').flatMap((hierarchy) =>
      entriesOf(`/sys/fs/cgroup/${hierarchy}`).map((name) => `cgroup ${hierarchy}/${name}`),
    ),
    ...directories.flatMap((directory) =>
      entriesOf(directory).map((name) => `file ${directory}/${name}`),
    ),
  ];
}

/** Where the lab, and containerd and a kubelet that were not kept apart, would write. */
const directories = ['/etc', '/opt', '/run', '/run/netns', '/var/lib', '/var/log'];

const namespaces = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'];

/**
 * The processes that share a namespace with this one and not with ourselves. By identity: the kernel gives numbers of
 * processes and of namespaces again.
 */
export function processesBeside(pid: number): readonly ProcessIdentity[] {
  const own = namespacesOf('self');
  const beside = namespacesOf(String(pid)).filter((namespace) => !own.includes(namespace));
  const foreign = new Set(beside);
  return entriesOf('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => namespacesOf(pid).some((namespace) => foreign.has(namespace)))
    .flatMap((pid) => identityOf(Number(pid)) ?? []);
}

function namespacesOf(pid: string): readonly string[] {
  try {
    return namespaces.map((name) => readlinkSync(`/proc/${pid}/ns/${name}`));
  } catch {
    // Ended meanwhile, and so in none.
    return [];
  }
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
