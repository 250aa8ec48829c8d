import { existsSync, rmSync } from 'node:fs';

import { readLabState } from './lab-state.ts';
import { cgroupsExist, processesInCgroups, removeCgroups } from './machine/cgroups.ts';
import { disconnectNode, isConnected } from './machine/network.ts';
import { isRunning } from './machine/processes.ts';
import { place } from './place.ts';
import { waitFor } from './wait-for.ts';

/** Whether anything of a lab is on this machine, in whatever state. */
export async function labIsPresent(): Promise<boolean> {
  return existsSync(place.stateDirectory) || cgroupsExist() || (await isConnected());
}

/**
 * Removes all that a lab left on the machine: processes, and with them its namespaces and mounts; its
 * control groups, its interface, its directory. Safe to repeat, and after a kill at any moment.
 *
 * Ends only the process it noted, if that still is the same one, and members of the lab's own control
 * groups.
 */
export async function removeLab(): Promise<void> {
  const keeper = readLabState()?.keeper;
  if (keeper !== undefined && isRunning(keeper)) end(keeper.pid);

  await waitFor({ what: "the end of the lab's processes", timeoutMs: 30_000 }, () => {
    const left = processesInCgroups();
    for (const pid of left) end(pid);
    return left.length === 0 ? undefined : `still there: ${left.join(', ')}`;
  });
  await waitFor({ what: "the end of the lab's control groups", timeoutMs: 30_000 }, () => {
    removeCgroups();
  });
  await disconnectNode();
  rmSync(place.stateDirectory, { recursive: true, force: true });
}

function end(pid: number): void {
  // So are processes shown that another pid namespace hides; to kill(2) it means this process's own group.
  if (pid === 0) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone by itself meanwhile.
  }
}
