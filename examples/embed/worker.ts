import { fileURLToPath } from 'node:url';

import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker } from '@temporalio/worker';
import { loadConfig } from 'temporal-etcd-backup';
import { createActivities } from 'temporal-etcd-backup/activities';

/** Serves `platformDr` and the backups it asks for: `node worker.ts`, beside an `etcd-backup.yaml`. */
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: 'platform-dr',
  workflowsPath: fileURLToPath(import.meta.resolve('./workflows.ts')),
  activities: { ...createActivities(await loadConfig('etcd-backup.yaml')) },
  // A step hears of a cancel with its next heartbeat.
  maxHeartbeatThrottleInterval: '5s',
});
await worker.run();
await connection.close();
