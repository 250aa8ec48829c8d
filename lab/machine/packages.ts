import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter } from 'node:path';

import { execa } from 'execa';

import { LabError } from '../lab-error.ts';
import type { Progress } from '../progress.ts';

/** What the lab runs, and the Debian package that brings it. */
const programs: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  ctr: 'containerd',
  'containerd-shim-runc-v2': 'containerd',
  runc: 'runc',
  busybox: 'busybox-static',
  '/usr/lib/cni/loopback': 'containernetworking-plugins',
  ip: 'iproute2',
  openssl: 'openssl',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  pivot_root: 'util-linux',
  mount: 'mount',
  bash: 'bash',
  tar: 'tar',
  jq: 'jq',
  curl: 'curl',
  zstd: 'zstd',
  pgrep: 'procps',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
};

/**
 * Installs what is missing with apt-get, and says so; does nothing when nothing is missing. Installed
 * packages stay when the lab goes.
 *
 * @throws `LabError` that names each missing program, where there is no apt-get or it fails
 */
export async function ensurePackages(progress: Progress): Promise<void> {
  const missing = await missingPrograms();
  if (missing.length === 0) return;

  const packages = [...new Set(missing.map((program) => programs[program] ?? program))];
  if (!(await isOnPath('apt-get'))) {
    throw new LabError(
      `missing programs: ${missing.join(', ')}; no apt-get here: install them ` +
        `(Debian packages: ${packages.join(' ')})`,
    );
  }
  progress(`installing Debian packages for ${missing.join(', ')}: ${packages.join(' ')}`);
  await install(packages, progress);

  const stillMissing = await missingPrograms();
  if (stillMissing.length > 0) {
    throw new LabError(
      `apt-get installed ${packages.join(' ')}, yet: no ${stillMissing.join(', ')}`,
    );
  }
}

async function install(packages: readonly string[], progress: Progress): Promise<void> {
  const first = await aptGet('install', '--yes', '--no-install-recommends', ...packages);
  if (first.exitCode === 0) return;
  progress('apt-get knows no such version, updating its lists');
  await aptGet('update');
  const second = await aptGet('install', '--yes', '--no-install-recommends', ...packages);
  if (second.exitCode === 0) return;
  throw new LabError(
    `apt-get install ${packages.join(' ')} failed: ${second.stderr.trim().split('\n').at(-1)}`,
  );
}

function aptGet(...argv: readonly string[]) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  return execa('apt-get', argv, { env, stdin: 'ignore', reject: false });
}

async function missingPrograms(): Promise<string[]> {
  const found = await Promise.all(Object.keys(programs).map(isOnPath));
  return Object.keys(programs).filter((_, index) => !found[index]);
}

async function isOnPath(program: string): Promise<boolean> {
  const directories = program.startsWith('/')
    ? ['']
    : [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const looks = directories.map((directory) =>
    access(directory === '' ? program : `${directory}/${program}`, constants.X_OK),
  );
  const outcomes = await Promise.allSettled(looks);
  return outcomes.some(({ status }) => status === 'fulfilled');
}
