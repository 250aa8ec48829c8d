import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

import type { platformDr } from './workflows.ts';

/** Runs `platformDr` and prints where the backup's manifest is: `node start.ts prod-eu`. */
const [, , cluster = 'demo'] = process.argv;

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
const client = new Client({ connection, namespace });
const manifest = await client.workflow.execute<typeof platformDr>('platformDr', {
  workflowId: `platform-dr/${cluster}`,
  taskQueue: 'platform-dr',
  args: [cluster],
});
console.log(JSON.stringify(manifest));
await connection.close();
