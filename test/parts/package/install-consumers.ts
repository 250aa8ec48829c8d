import { cp, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { execa } from 'execa';

import { temporaryDirectory } from '../../../src/testing/temporary-directory.ts';

/** The absolute path of the clone that is packed. */
export const repository: string = fileURLToPath(new URL('../../..', import.meta.url));

/** Projects outside the repository, with the packed package and its peers installed. */
export interface Consumers extends AsyncDisposable {
  /** Holds the projects and, above both, their `node_modules`. */
  readonly directory: string;
  /** The paths in the packed file. */
  readonly packedFiles: readonly string[];
  /** The example, as it stands in the repository. */
  readonly esm: string;
  /** The same, written with `require`. */
  readonly commonjs: string;
}

/** Packs the repository as a fresh build makes it, and installs that in an ESM and a CommonJS project. */
export async function installConsumers(): Promise<Consumers> {
  const directory = await temporaryDirectory('consumers');
  const remove = async (): Promise<void> => await rm(directory, { recursive: true, force: true });
  try {
    const tarball = await pack(directory);
    const { stdout } = await execa('tar', ['-tzf', tarball]);
    await install(directory, tarball);
    const consumers = {
      directory,
      packedFiles: stdout.split('\n').map((path) => path.replace(/^package\//, '')),
      esm: await addProject(directory, 'esm', join(repository, 'examples', 'embed')),
      commonjs: await addProject(directory, 'commonjs', join(here, 'commonjs')),
    };
    await writeFile(join(consumers.esm, 'package.json'), JSON.stringify({ type: 'module' }));
    return { ...consumers, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

const here = fileURLToPath(new URL('.', import.meta.url));

/** In a copy: what the repository's own `dist` holds is old, or another build's. */
async function pack(directory: string): Promise<string> {
  const copy = join(directory, 'repository');
  await mkdir(copy);
  const made = new Set(['dist', 'node_modules', 'coverage']);
  for (const name of await readdir(repository)) {
    if (made.has(name) || name.startsWith('.')) continue;
    await cp(join(repository, name), join(copy, name), { recursive: true });
  }
  await symlink(join(repository, 'node_modules'), join(copy, 'node_modules'));
  await execa(process.execPath, [join(copy, 'tools', 'build.mjs')]);
  await npm(copy, ['pack', '--ignore-scripts', '--pack-destination', directory]);
  await rm(copy, { recursive: true });
  const tarball = (await readdir(directory)).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack wrote no package');
  return join(directory, tarball);
}

async function install(directory: string, tarball: string): Promise<void> {
  const own = await packageJson(repository);
  // Every peer in the version that the repository is tested with.
  const peers = Object.keys(own.peerDependencies).map((name) => [name, own.devDependencies[name]]);
  const dependencies = {
    [own.name]: `file:${tarball}`,
    '@types/node': own.devDependencies['@types/node'],
    ...Object.fromEntries(peers),
  };
  await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const quick = ['--prefer-offline', '--ignore-scripts', '--no-package-lock'];
  await npm(directory, ['install', '--no-audit', '--no-fund', ...quick]);
}

/** What of a `package.json` the tests read. */
export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export async function packageJson(directory: string): Promise<PackageJson> {
  return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
}

// An npm that runs this test tells its children of a package that is not theirs; `--prefix` has the last word.
async function npm(directory: string, argv: readonly string[]): Promise<void> {
  await execa('npm', [...argv, '--prefix', directory], {
    cwd: directory,
    preferLocal: true,
    localDir: repository,
  });
}

async function addProject(directory: string, name: string, files: string): Promise<string> {
  const project = join(directory, name);
  await cp(files, project, { recursive: true });
  return project;
}
