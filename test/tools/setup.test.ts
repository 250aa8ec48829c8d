import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { scratchRepository, type ScratchRepository } from './scratch-repository.ts';

/** Answers as Go does and logs what it was asked; `build` is what it does once it knows the output's path. */
const go = (build = 'printf "#!/bin/sh\\n" > "$2"; /bin/chmod 755 "$2"'): string => `
echo "$*" >> "$0.log"
case "$1" in
  env) echo go1.99.0 ;;
  build) while [ "$1" != -o ]; do shift; done; ${build} ;;
  mod) printf '{ "Dir": "%s/module" }' "\${0%/bin/go}" ;;
esac`;

/** Does not end before the clone is gone. */
const untilRemoved = 'while [ -e "$0" ]; do /bin/sleep 0.05; done';

const etcdutl = (version: string): string =>
  `echo asked >> "$0.log"; echo "etcdutl version: ${version}"`;

const filesOf = async (repository: ScratchRepository, tool: string): Promise<string[]> =>
  readdir(join(repository.cache, tool), { recursive: true }).catch(() => []);

test('a missing tool is built in the version that its go.mod pins, into the user’s cache', async () => {
  const repository = await scratchRepository();
  await repository.putOnPath('go', go());
  const pins = 'module tools\n\ngo 1.26.4\n\nrequire (\n\tgo.etcd.io/etcd/etcdutl/v3 v3.7.99\n)\n';
  await repository.write('tools/etcd/go.mod', pins);

  const { exitCode, stderr } = await repository.start('setup', 'etcdutl');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(stderr).toContain('Building etcdutl 3.7.99');
  expect(await filesOf(repository, 'etcdutl')).toEqual(['3.7.99', join('3.7.99', 'etcdutl')]);
});

test('nothing is run when nothing is missing', async () => {
  const repository = await scratchRepository();
  await repository.putOnPath('go', go());
  await repository.putOnPath('etcdutl', etcdutl('3.6.1'));
  await repository.start('setup', 'etcdutl', 'etcdctl');
  const asked = [await repository.read('bin/go.log'), await repository.read('bin/etcdutl.log')];

  const { exitCode } = await repository.start('setup', 'etcdutl', 'etcdctl');
  expect(exitCode).toBe(0);
  expect([await repository.read('bin/go.log'), await repository.read('bin/etcdutl.log')]).toEqual(
    asked,
  );
});

test('a binary on PATH is used when its version will do', async () => {
  const repository = await scratchRepository();
  const path = await repository.putOnPath('etcdutl', etcdutl('3.6.1'));

  const { exitCode, stderr } = await repository.start('setup', 'etcdutl');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(stderr).toContain(`etcdutl: using ${path}, version 3.6.1.`);
});

test('a binary on PATH of another version is named and not used', async () => {
  const repository = await scratchRepository();
  await repository.putOnPath('go', go());
  const path = await repository.putOnPath('etcdutl', etcdutl('3.5.27'));

  const { exitCode, stderr } = await repository.start('setup', 'etcdutl');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(stderr).toMatch(`${path} is 3.5.27, wanted 3.6.`);
  expect(await repository.read('bin/go.log')).toContain('build ');
});

test('a binary on PATH that was replaced is asked again', async () => {
  const repository = await scratchRepository();
  await repository.putOnPath('etcdutl', etcdutl('3.6.1'));
  await repository.start('setup', 'etcdutl');
  await repository.putOnPath('etcdutl', etcdutl('3.5.27'));

  const { exitCode, stderr } = await repository.start('setup', 'etcdutl');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('is 3.5.27');
});

test('without Go, every missing tool is named and the ways to get it', async () => {
  const repository = await scratchRepository();
  await repository.putOnPath('etcdutl', etcdutl('3.6.1'));

  const { exitCode, stderr } = await repository.start('setup', 'etcdutl', 'etcd', 'openshift-crds');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('Go is not installed');
  expect(stderr).toMatch(/^ {2}etcd 3\.6\.\d+ \(any 3\.6\)$/m);
  expect(stderr).toMatch(/^ {2}openshift-crds /m);
  expect(stderr).not.toMatch(/^ {2}etcdutl /m);
  expect(stderr).toMatch(/install Go 1\.\d+\.\d+ or newer/);
  expect(stderr).toContain('put etcd of these versions on PATH');
});

test('a Go that is too old is as good as none', async () => {
  const repository = await scratchRepository();
  await repository.putOnPath('go', 'echo go1.21.13');

  const { exitCode, stderr } = await repository.start('setup', 'etcd');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('Go 1.21.13 is too old');
});

test('a build that fails says why and leaves nothing behind', async () => {
  const repository = await scratchRepository();
  await repository.putOnPath('go', go('echo half > "$2"; echo "disk quota exceeded" >&2; exit 3'));

  const { exitCode, stderr } = await repository.start('setup', 'etcdutl');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('disk quota exceeded');
  expect(await filesOf(repository, 'etcdutl')).toEqual([expect.stringMatching(/^3\.6\.\d+$/)]);
});

test('two setups at once build a tool once', async () => {
  const repository = await scratchRepository();
  const goOn = join(repository.directory, 'go-on');
  await repository.putOnPath(
    'go',
    go(
      `while [ ! -e ${goOn} ]; do /bin/sleep 0.05; done; printf "#!/bin/sh\\n" > "$2"; /bin/chmod 755 "$2"`,
    ),
  );
  const first = repository.start('setup', 'etcdutl');
  await vi.waitFor(async () => expect(await repository.read('bin/go.log')).toContain('build '));

  const second = repository.start('setup', 'etcdutl');
  await new Promise((resolve) => void second.stderr.once('data', resolve));
  await repository.write('go-on', '');

  const results = await Promise.all([first, second]);
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(results[1]?.stderr).toContain('Another setup is at work');
  expect((await repository.read('bin/go.log')).match(/^build /gm)).toHaveLength(1);
});

test('a setup that was killed in the middle of a build is made good by the next', async () => {
  const repository = await scratchRepository();
  await repository.putOnPath('go', go(`echo half > "$2"; ${untilRemoved}`));
  const killed = repository.start('setup', 'etcdutl');
  await vi.waitFor(async () =>
    expect((await filesOf(repository, 'etcdutl')).join()).toContain('.etcdutl.'),
  );
  killed.kill('SIGKILL');
  await killed;

  await repository.putOnPath('go', go());
  const { exitCode } = await repository.start('setup', 'etcdutl');
  expect(exitCode).toBe(0);
  const files = await filesOf(repository, 'etcdutl');
  expect(files).toEqual([expect.any(String), expect.stringMatching(/^3\.6\.\d+\/etcdutl$/)]);
});

test('OpenShift’s CRDs stand side by side in one directory', async () => {
  const repository = await scratchRepository();
  await repository.putOnPath('go', go());
  const generated = 'v1/zz_generated.crd-manifests';
  await repository.write(`module/config/${generated}/0000_10_proxies.crd.yaml`, 'kind: one');
  await repository.write(`module/config/${generated}/doc.go`, 'package config');
  await repository.write(`module/operator/${generated}/0000_12_etcds.crd.yaml`, 'kind: other');

  const { exitCode, stderr } = await repository.start('setup', 'openshift-crds');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const [version, ...files] = (await filesOf(repository, 'openshift-crds')).toSorted();
  expect(files).toEqual(
    ['0000_10_proxies.crd.yaml', '0000_12_etcds.crd.yaml'].map((name) => join(version ?? '', name)),
  );
});

test('a name that is neither a command nor a tool is refused before anything starts', async () => {
  const repository = await scratchRepository();
  const { exitCode, stderr } = await repository.start('setup', 'etcd', 'minio');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('minio, expected any of all, demo, test');
  await expect(stat(repository.cache)).rejects.toMatchObject({ code: 'ENOENT' });
});
