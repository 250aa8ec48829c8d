// Builds dist from src: plain tsc, and every file beside the sources that tsc does not know.
//
// usage: node tools/build.mjs

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';

import { repository } from './repository.mjs';

const source = join(repository, 'src');
const output = join(repository, 'dist');
const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');

rmSync(output, { recursive: true, force: true });

const args = [tsc, '-p', 'tsconfig.build.json'];
const { status } = spawnSync(process.execPath, args, { cwd: repository, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

cpSync(source, output, {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || extname(path) !== '.ts',
});
chmodSync(join(output, 'cli', 'main.js'), 0o755);
