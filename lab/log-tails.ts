import { existsSync, readFileSync, readdirSync } from 'node:fs';

import { childOf } from './machine/processes.ts';
import { seenFromMachine } from './node/enter.ts';
import { statePath } from './place.ts';

const lines = 8;

/** The last lines of what the node logged: for a person who asks why it did not come up. */
export function logTails(keeperPid: number | undefined): string {
  const own = [statePath('node.log')];
  const paths =
    keeperPid === undefined || childOf(keeperPid) === undefined
      ? own
      : [...own, ...onNodePaths(keeperPid)];
  return paths.map(tailOf).join('');
}

function onNodePaths(keeperPid: number): string[] {
  const paths = ['/var/log/containerd.log', '/var/log/kubelet.log', ...containerLogs(keeperPid)];
  return paths.map((path) => seenFromMachine(keeperPid, path));
}

function containerLogs(keeperPid: number): string[] {
  const directory = '/var/log/pods';
  if (!existsSync(seenFromMachine(keeperPid, directory))) return [];
  const options = { recursive: true, encoding: 'utf8' } as const;
  return readdirSync(seenFromMachine(keeperPid, directory), options)
    .filter((name) => name.endsWith('.log'))
    .map((name) => `${directory}/${name}`);
}

function tailOf(path: string): string {
  try {
    const text = readFileSync(path, 'utf8').trimEnd();
    const tail = text.split('\n').slice(-lines).join('\n');
    return text === '' ? '' : `--- ${path}\n${tail}\n`;
  } catch {
    return '';
  }
}
