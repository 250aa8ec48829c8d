import { dirname } from 'node:path';

import { waitUntil } from '../../../src/testing/index.ts';
import type { CustodyNode } from './custody-ground.ts';
import { processesWith, temporaryFiles } from './node-traces.ts';
import type { Scene } from './scene.ts';

/**
 * What of the run still works or lies on the node, a line each, but for the directory that the end of a run removes. What is
 * on its way out is waited for.
 */
export async function amissOnNode({ ground, wire, path, calm }: Scene): Promise<readonly string[]> {
  const { node } = ground;
  const directory = dirname(path);
  calm();
  const [working, open] = await Promise.all([
    ground.programsEnd === 'withPod' ? [] : lastingProcesses(node, directory),
    lasting(() => wire.openExecs()),
  ]);
  // Another run may have one for as long as it takes to take its name away.
  const seen = new Set(await ofOurs(node));
  const lying = await lasting(async () => (await ofOurs(node)).filter((name) => seen.has(name)));
  return [
    ...working.map((line) => `process: ${tailOf(line)}`),
    ...open.map((line) => `exec connection: ${tailOf(line)}`),
    ...lying.map((name) => `file: ${name}`),
  ];
}

/** The processes with this text in their command line that do not end. */
export async function lastingProcesses(
  node: CustodyNode,
  text: string,
): Promise<readonly string[]> {
  return await lasting(async () => await processesWith(node, text));
}

/** What tells our programs apart: their arguments. */
function tailOf(line: string): string {
  return line.slice(-200);
}

type Look = () => readonly string[] | Promise<readonly string[]>;

/** What is found and does not go away. */
async function lasting(look: Look): Promise<readonly string[]> {
  let found = await look();
  const isGone = async () => {
    if (found.length > 0) found = await look();
    return found.length === 0 ? true : undefined;
  };
  await waitUntil('its end', isGone, 60_000).catch(() => {});
  return found;
}

async function ofOurs(node: CustodyNode): Promise<readonly string[]> {
  return (await temporaryFiles(node)).filter((name) => name.includes('/etcd-backup.'));
}
