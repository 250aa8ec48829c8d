'use strict';

const { loadClientConnectConfig } = require('@temporalio/envconfig');
const { NativeConnection, Worker } = require('@temporalio/worker');
const { loadConfig } = require('temporal-etcd-backup');
const { createActivities } = require('temporal-etcd-backup/activities');

async function main() {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: 'platform-dr',
    workflowsPath: require.resolve('./workflows.js'),
    activities: { ...createActivities(await loadConfig('etcd-backup.yaml')) },
  });
  await worker.run();
  await connection.close();
}

void main();
