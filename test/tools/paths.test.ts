import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { openshiftCrdDirectory, toolPath } from '../../tools/paths.mjs';
import { scratchRepository } from './scratch-repository.ts';

test('a tool that is not there is answered with the setup that brings it', async () => {
  const { directory } = await scratchRepository();
  vi.stubEnv('XDG_CACHE_HOME', join(directory, 'cache'));
  expect(() => toolPath('etcd')).toThrow(
    /^etcd 3\.6\.\d+ is not there: run npm run setup -- etcd$/,
  );
  expect(() => openshiftCrdDirectory()).toThrow('npm run setup -- openshift-crds');
});

test('a tool that setup provided is found without running anything', async () => {
  const repository = await scratchRepository();
  const path = await repository.putOnPath(
    'temporal',
    'echo asked >> "$0.log"; echo temporal version 1.8.2',
  );
  await repository.start('setup', 'temporal');
  vi.stubEnv('XDG_CACHE_HOME', join(repository.directory, 'cache'));

  expect(toolPath('temporal')).toBe(path);
  expect(await repository.read('bin/temporal.log')).toBe('asked\n');
});
