'use strict';

const { Client, Connection } = require('@temporalio/client');
const { loadClientConnectConfig } = require('@temporalio/envconfig');

async function main() {
  const [, , cluster] = process.argv;
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await Connection.connect(connectionOptions);
  const client = new Client({ connection, namespace });
  const manifest = await client.workflow.execute('platformDr', {
    workflowId: `platform-dr/${cluster}`,
    taskQueue: 'platform-dr',
    args: [cluster],
  });
  console.log(JSON.stringify(manifest));
  await connection.close();
}

void main();
