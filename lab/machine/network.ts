import { execa } from 'execa';
import { z } from 'zod';

import { LabError } from '../lab-error.ts';
import { place } from '../place.ts';

const routes = z.array(z.object({ dev: z.string().optional(), gateway: z.string().optional() }));

/**
 * Joins the node's network to the machine by one pair of interfaces. Nothing routes further: the node
 * reaches the machine's end and nothing else. The pair goes when the node goes.
 *
 * @throws `LabError` when the machine is in a network with these addresses already
 */
export async function connectNode(pid: number): Promise<void> {
  const { machineAddress, nodeAddress, machineInterface, nodeInterface, prefixLength } = place;
  await refuseTakenNetwork();
  const peer = ['peer', 'name', nodeInterface, 'netns', `${pid}`];
  await execa('ip', ['link', 'add', machineInterface, 'type', 'veth', ...peer]);
  await execa('ip', ['addr', 'add', `${machineAddress}/${prefixLength}`, 'dev', machineInterface]);
  await execa('ip', ['link', 'set', machineInterface, 'up']);
  await ipOnNode(pid, ['addr', 'add', `${nodeAddress}/${prefixLength}`, 'dev', nodeInterface]);
  await ipOnNode(pid, ['link', 'set', nodeInterface, 'up']);
  await ipOnNode(pid, ['link', 'set', 'lo', 'up']);
}

/** Whether the machine's end is there. */
export async function isConnected(): Promise<boolean> {
  const { exitCode } = await execa('ip', ['link', 'show', place.machineInterface], {
    reject: false,
  });
  return exitCode === 0;
}

/** Removes the machine's end, and the node's with it. Safe to repeat. */
export async function disconnectNode(): Promise<void> {
  if (await isConnected()) await execa('ip', ['link', 'delete', place.machineInterface]);
}

function ipOnNode(pid: number, argv: readonly string[]) {
  return execa('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', ...argv]);
}

async function refuseTakenNetwork(): Promise<void> {
  const argv = ['-json', 'route', 'get', place.nodeAddress];
  const { exitCode, stdout } = await execa('ip', argv, { reject: false });
  if (exitCode !== 0) return;
  const [route] = routes.parse(JSON.parse(stdout));
  if (route === undefined || route.gateway !== undefined) return;
  throw new LabError(
    `the lab's network ${place.nodeAddress}/${place.prefixLength} is in use on this machine: ` +
      `${place.nodeAddress} is reached through ${route.dev}`,
  );
}
