import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll } from 'vitest';

import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';

/** A folder of its own for the tests of one file; removed after them. */
export const directory = await temporaryDirectory('config');
afterAll(() => rm(directory, { recursive: true }));

export async function load(yaml: string) {
  const file = join(directory, 'etcd-backup.yaml');
  await writeFile(file, yaml);
  return await loadConfig(file);
}

/** The lines that a person reads, with the folder of the file cut off. */
export async function complaints(yaml: string): Promise<string[]> {
  const error = await load(yaml).catch((caught: unknown) => caught);
  if (!(error instanceof ConfigError)) throw new Error('loaded, or failed otherwise');
  return error.message.split('\n').map((line) => line.replace(`${directory}/`, ''));
}

export const small = `clusters:
  prod-eu:
    kubeconfig: { file: /run/secrets/prod-eu }
    stores: { snapshot: primary, staticKubeResources: primary }
stores:
  primary: { directory: /mnt/backups }
`;

/** The small configuration with one more line in the cluster: line 5. */
export const withLine = (line: string) =>
  small.replace('stores:\n  primary', `    ${line}\nstores:\n  primary`);
