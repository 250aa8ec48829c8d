import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { place } from '../place.ts';

/**
 * Makes the lab's control group in every hierarchy of the machine, version 1 or 2. Safe to repeat.
 *
 * The node's first process joins them before it does anything: whatever is in them is the lab's, however
 * the command that started it ended.
 */
export function makeCgroups(): readonly string[] {
  return hierarchies().map(({ mountPoint, version }) => {
    const cgroup = join(mountPoint, place.cgroup);
    if (version === 2) shareControllers(mountPoint);
    mkdirSync(cgroup, { recursive: true });
    if (existsSync(join(cgroup, 'cpuset.cpus')) && version === 1) inheritCpuset(mountPoint, cgroup);
    return cgroup;
  });
}

/** The processes of the lab, by the machine's process numbers. */
export function processesInCgroups(): readonly number[] {
  const members = labCgroups().flatMap(withDescendants).flatMap(membersOf);
  return [...new Set(members)];
}

/** Whether any control group of the lab is there. */
export function cgroupsExist(): boolean {
  return labCgroups().length > 0;
}

/** Removes the lab's control groups, deepest first. They must be empty. Safe to repeat. */
export function removeCgroups(): void {
  for (const cgroup of labCgroups()) {
    for (const directory of withDescendants(cgroup).toReversed()) rmdirSync(directory);
  }
}

interface Hierarchy {
  readonly mountPoint: string;
  readonly version: 1 | 2;
}

/** Where version 1 is in use, a version 2 hierarchy beside it controls nothing and is left alone. */
function hierarchies(): readonly Hierarchy[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').trim().split('\n');
  const found = mounts.flatMap((line): Hierarchy[] => {
    const [, mountPoint = '', type] = line.split(' ');
    if (type === 'cgroup') return [{ mountPoint, version: 1 }];
    return type === 'cgroup2' ? [{ mountPoint, version: 2 }] : [];
  });
  const first = found.filter(({ version }) => version === 1);
  return first.length > 0 ? first : found.slice(0, 1);
}

function labCgroups(): string[] {
  return hierarchies()
    .map(({ mountPoint }) => join(mountPoint, place.cgroup))
    .filter((cgroup) => existsSync(cgroup));
}

function withDescendants(cgroup: string): string[] {
  const entries = readdirSync(cgroup, { withFileTypes: true });
  const children = entries.filter((entry) => entry.isDirectory());
  return [cgroup, ...children.flatMap(({ name }) => withDescendants(join(cgroup, name)))];
}

function membersOf(cgroup: string): number[] {
  const lines = readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map(Number);
}

/** A new version 1 cpuset has neither processors nor memory, and takes no process until it has. */
function inheritCpuset(parent: string, cgroup: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    writeFileSync(join(cgroup, file), readFileSync(join(parent, file)));
  }
  writeFileSync(join(cgroup, 'cgroup.clone_children'), '1');
}

function shareControllers(mountPoint: string): void {
  const controllers = readFileSync(join(mountPoint, 'cgroup.controllers'), 'utf8').trim();
  for (const controller of controllers.split(' ')) {
    writeFileSync(join(mountPoint, 'cgroup.subtree_control'), `+${controller}`);
  }
}
