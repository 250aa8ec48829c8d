import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { labDown, labStatus } from '../../lab/index.ts';
import { readLabState } from '../../lab/lab-state.ts';
import { childOf, isRunning } from '../../lab/machine/processes.ts';
import { ensurePackages } from '../../lab/machine/packages.ts';
import { machineTraces, processesBeside } from './machine-traces.ts';

const program = fileURLToPath(new URL('../../lab/main.ts', import.meta.url));
const lab = async (
  command: string,
): Promise<{ readonly stdout: string; readonly stderr: string }> =>
  await execa(process.execPath, [program, command]);

let before: readonly string[];
beforeAll(async () => {
  await labDown();
  // These stay, as it announces.
  await ensurePackages(console.log);
  before = machineTraces();
});
afterAll(async () => await labDown());

test('`up` that was killed while the node came up: the next one removes what is there and comes up', async () => {
  const killed = spawn(process.execPath, [program, 'up'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(killed, 'close');
  for await (const line of createInterface(killed.stderr)) {
    // Namespaces, mounts, interfaces, control groups and containerd are there.
    if (line.includes('starting the kubelet')) break;
  }
  killed.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(await labStatus()).toMatchObject({ state: 'broken' });
  const abandoned = processesBeside(nodeProcess());
  expect(abandoned.filter(isRunning)).not.toEqual([]);

  const { stdout, stderr } = await lab('up');
  expect(stderr).toContain('removing what an earlier command left');
  expect(stdout).toMatch(/^export KUBECONFIG=\//);
  expect(await labStatus()).toMatchObject({
    state: 'up',
    ready: { 'node master-0': 'Ready', 'pod etcd': 'Ready', 'pod kube-apiserver': 'Ready' },
  });
  expect(abandoned.filter(isRunning)).toEqual([]);
});

test('`up` once more finds the lab up and leaves it as it is', async () => {
  const { startedAt } = await labStatus();
  expect((await lab('up')).stderr).toContain('the lab is up already');
  expect(startedAt).toBeDefined();
  expect((await labStatus()).startedAt).toBe(startedAt);
});

test('`down` leaves no mount, interface, control group, file or process of it on the machine', async () => {
  const processes = processesBeside(nodeProcess());
  expect(processes.filter(isRunning)).not.toEqual([]);
  expect(added(before)).not.toEqual([]);
  await lab('down');
  expect(added(before)).toEqual([]);
  expect(processes.filter(isRunning)).toEqual([]);
  expect(await labStatus()).toMatchObject({ state: 'down' });
});

test('`down` once more finds nothing to do', async () => {
  expect((await lab('down')).stderr).toContain('there is no lab');
});

/** The node's first process, as the machine numbers it. */
function nodeProcess(): number {
  const keeper = readLabState()?.keeper.pid;
  const first = keeper === undefined ? undefined : childOf(keeper);
  if (first === undefined) throw new Error('the lab has no first process');
  return first;
}

function added(before: readonly string[]): readonly string[] {
  return machineTraces().filter((trace) => !before.includes(trace));
}
