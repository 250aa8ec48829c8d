import { spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { toolPath } from '../../tools/paths.mjs';
import { LabError } from '../lab-error.ts';
import { makeCgroups, processesInCgroups } from '../machine/cgroups.ts';
import { connectNode } from '../machine/network.ts';
import { type ProcessIdentity, childOf, identityOf } from '../machine/processes.ts';
import { place, statePath } from '../place.ts';
import { waitFor } from '../wait-for.ts';
import type { Work } from '../work.ts';

/**
 * Starts the node: namespaces, root file system, network, busybox init. Its files must stand in `seed`.
 *
 * A caller that dies on the way leaves at most a node that the next command finds by its control
 * groups.
 *
 * @param note  called before the node comes to be, with the process whose end ends it
 */
export async function startNode(
  { signal }: Work,
  note: (keeper: ProcessIdentity) => void,
): Promise<ProcessIdentity> {
  const tools = ['kubelet', 'etcdctl', 'etcdutl'] as const;
  writeFileSync(statePath('tools'), tools.map((name) => `${name} ${toolPath(name)}\n`).join(''));

  const cgroups = makeCgroups();
  const log = openSync(statePath('node.log'), 'a');
  const argv = [script('keep.sh'), script('init.sh'), place.stateDirectory, ...cgroups];
  const child = spawn('sh', argv, { detached: true, stdio: ['pipe', log, log], cwd: '/' });
  closeSync(log);
  child.unref();
  const { pid, stdin } = child;
  if (pid === undefined || stdin === null) throw new LabError('sh cannot be started');
  // It may have ended, and the conditions below say so better.
  stdin.on('error', () => undefined);

  const starting = { timeoutMs: 30_000, signal };
  await waitFor({ what: 'the node in its control groups', ...starting }, () =>
    processesInCgroups().includes(pid) ? undefined : 'not in them',
  );
  const keeper = identityOf(pid);
  if (keeper === undefined) throw new LabError('the node ended before it began');
  note(keeper);
  stdin.write('make the node\n');

  await waitFor({ what: 'the node in its namespaces', ...starting }, () =>
    childOf(pid) === undefined ? 'no first process' : undefined,
  );
  await connectNode(childOf(pid) ?? pid);
  stdin.end('the network is there\n');
  return keeper;
}

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
