import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { execa } from 'execa';
import { onTestFinished } from 'vitest';

import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';

type Packages = Readonly<Record<string, { readonly version: string; readonly optional?: true }>>;

/** A clone in small: our tools folder, no packages, an empty cache, and a PATH with nothing on it. */
export interface ScratchRepository {
  readonly directory: string;
  /** Where the launcher keeps tools: `temporal-etcd-backup` in the cache. */
  readonly cache: string;
  /** Puts a shell script on PATH; `$0.log` beside it is its to write. */
  readonly putOnPath: (name: string, script: string) => Promise<string>;
  readonly write: (path: string, text: string) => Promise<string>;
  /** What `write` or a script wrote, empty when there is nothing. */
  readonly read: (path: string) => Promise<string>;
  /** Writes package-lock.json. */
  readonly wantPackages: (packages: Packages) => Promise<string>;
  /** Writes npm's record of what is in node_modules. */
  readonly havePackages: (packages: Packages) => Promise<string>;
  /** Starts `node tools/start.mjs <args>` in a process group of its own, as a CI system would. */
  readonly start: (...args: readonly string[]) => Running;
}

/** A started launcher; resolves to its result, whatever its exit code. */
export type Running = ReturnType<typeof run>;

/** Makes one, removed again when the test has finished. */
export async function scratchRepository(): Promise<ScratchRepository> {
  const directory = await temporaryDirectory('tools');
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const write = async (path: string, text: string): Promise<string> => {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
    return join(directory, path);
  };
  await cp(join(import.meta.dirname, '..', '..', 'tools'), join(directory, 'tools'), {
    recursive: true,
  });
  await write('package.json', '{ "type": "module" }');
  const wantPackages = (packages: Packages): Promise<string> =>
    write('package-lock.json', JSON.stringify({ packages: { '': {}, ...packages } }));
  const havePackages = (packages: Packages): Promise<string> =>
    write('node_modules/.package-lock.json', JSON.stringify({ packages }));
  await wantPackages({});
  await havePackages({});

  return {
    directory,
    cache: join(directory, 'cache', 'temporal-etcd-backup'),
    write,
    read: (path) => readFile(join(directory, path), 'utf8').catch(() => ''),
    wantPackages,
    havePackages,
    putOnPath: async (name, script) => {
      const path = await write(`bin/${name}`, `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o755);
      return path;
    },
    start: (...args) => run(directory, args),
  };
}

function run(directory: string, args: readonly string[]) {
  return execa(process.execPath, ['tools/start.mjs', ...args], {
    reject: false,
    stdin: 'ignore',
    detached: true,
    cwd: directory,
    extendEnv: false,
    env: {
      PATH: join(directory, 'bin'),
      XDG_CACHE_HOME: join(directory, 'cache'),
      HOME: directory,
    },
  });
}
