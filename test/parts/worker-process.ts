import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Context } from '@temporalio/activity';
import { NativeConnection } from '@temporalio/worker';

import { createActivities } from '../../src/activities/index.ts';
import type { WireActivities } from '../../src/index.ts';
import { loadConfig } from '../../src/index.ts';
import { createBackupWorker } from '../../src/worker.ts';

/**
 * A worker in a process of its own, so that a test can kill it: `worker-process.ts CONFIG ADDRESS DIRECTORY`.
 *
 * A file `hold` in the directory, `<step> before` or `<step> after`, makes that step wait there until it is cancelled or
 * the file is gone; `held` says that it waits. The step itself is the real one.
 */
const [, , configFile = '', address = '', directory = ''] = process.argv;
const config = await loadConfig(configFile);

const worker = await createBackupWorker({
  config,
  connection: await NativeConnection.connect({ address }),
  worker: { activities: withHold(createActivities(config)) },
});
process.once('SIGTERM', () => worker.shutdown());
const run = worker.run();
process.send?.('polling');
await run;
process.exit(0);

function withHold(activities: WireActivities): object {
  return Object.fromEntries(
    Object.entries(activities).map(([type, step]: [string, (input: never) => Promise<unknown>]) => [
      type,
      async (input: never) => {
        await hold(`${type.slice('etcdBackup.'.length)} before`);
        const result = await step(input);
        await hold(`${type.slice('etcdBackup.'.length)} after`);
        return result;
      },
    ]),
  );
}

async function hold(point: string): Promise<void> {
  const file = join(directory, 'hold');
  const asked = async (): Promise<boolean> =>
    (await readFile(file, 'utf8').catch(() => '')) === point;
  while (await asked()) {
    await writeFile(join(directory, 'held'), point);
    Context.current().heartbeat();
    await Context.current().sleep(100);
  }
}
