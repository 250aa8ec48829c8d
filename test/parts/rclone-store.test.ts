import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { backupStoreConformance } from '../store/conformance.ts';

const module = fileURLToPath(new URL('../store/open-rclone-store.ts', import.meta.url));

// Names are given by a rename, and a file is there while it is written.
backupStoreConformance('a directory by rclone', async () => {
  const directory = await temporaryDirectory('rclone');
  const configFile = join(directory, 'rclone.conf');
  await writeFile(configFile, '[disk]\ntype = local\n');
  await mkdir(join(directory, 'data'));
  const location = JSON.stringify({ remote: `disk:${directory}/data`, configFile });
  return { module, location, close: () => rm(directory, { recursive: true }) };
});
