'use strict';

const { executeBackup } = require('temporal-etcd-backup/embed');
const backupWorkflows = require('temporal-etcd-backup/workflows');

async function platformDr(cluster) {
  const { manifest } = await executeBackup({ cluster });
  return manifest;
}

module.exports = { ...backupWorkflows, platformDr };
