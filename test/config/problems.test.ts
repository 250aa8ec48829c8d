import { join } from 'node:path';

import { expect, test } from 'vitest';

import { loadConfig } from '../../src/config/load.ts';
import { complaints, directory, load, small, withLine } from './load-yaml.ts';

test.for([
  [
    'a misspelt key of a cluster, with the one that was meant',
    withLine('dedline: 24h'),
    'etcd-backup.yaml:5:5: clusters.prod-eu.dedline: expected one of kubeconfig, access, ssh, node, namespace, ' +
      'image, backupDirectory, stores, copies, separateStores, beforeFirstCertificateRotation, quietHours, keepOnNode, deadline, heartbeatTimeout, noProgress, partSize, transfer, ' +
      'got an unknown key; did you mean deadline?',
  ],
  [
    'a misspelt key inside a flow mapping, and does not complain about what it stands for',
    small.replace('file:', 'flie:'),
    'etcd-backup.yaml:3:19: clusters.prod-eu.kubeconfig.flie: expected one of file, context, inCluster, ' +
      'got an unknown key; did you mean file?',
  ],
  [
    'a misspelt key at the top',
    small.replace('stores:\n  p', 'store:\n  p'),
    'etcd-backup.yaml:1:1: stores: expected a mapping with store names, got nothing',
    'etcd-backup.yaml:4:25: clusters.prod-eu.stores.snapshot: expected a name that stands under stores, got "primary"',
    'etcd-backup.yaml:4:55: clusters.prod-eu.stores.staticKubeResources: expected a name that stands under stores, got "primary"',
    'etcd-backup.yaml:5:1: store: expected one of taskQueue, clusters, stores, signing, got an unknown key; did you mean stores?',
  ],
  [
    'a store that no release knows yet',
    small.replace('directory: /mnt/backups', 'tape: { drive: 1 }'),
    'etcd-backup.yaml:6:14: stores.primary.tape: expected one of directory, s3, azure, rclone, compression, recipients, taskQueue, got an unknown key',
  ],
  [
    'a store that nobody describes',
    small.replace('snapshot: primary', 'snapshot: primry'),
    'etcd-backup.yaml:4:25: clusters.prod-eu.stores.snapshot: expected primary, got "primry"; did you mean primary?',
  ],
  [
    'a key that is not there, at the mapping that should hold it',
    small.replace(/ {4}kubeconfig.*\n/, ''),
    'etcd-backup.yaml:2:3: clusters.prod-eu.kubeconfig: expected a mapping with file, or inCluster: true, got nothing',
  ],
  [
    'a key without a value',
    small.replace('{ directory: /mnt/backups }', ''),
    'etcd-backup.yaml:6:3: stores.primary: expected a mapping with directory, s3, azure or rclone, got nothing',
  ],
  [
    'a store that is nowhere',
    small.replace('directory: /mnt/backups', ''),
    'etcd-backup.yaml:6:12: stores.primary: expected either directory, s3, azure or rclone, got no key',
  ],
  [
    'two ways to the same cluster',
    small.replace('prod-eu }', 'prod-eu, inCluster: true }'),
    'etcd-backup.yaml:3:17: clusters.prod-eu.kubeconfig: expected either file (with an optional context) or inCluster: true, got file and inCluster',
  ],
  [
    'a duration without a unit',
    withLine('deadline: 86400'),
    'etcd-backup.yaml:5:15: clusters.prod-eu.deadline: expected a duration such as 30s, 15m, 24h or 2d, at least 1s, got the number 86400',
  ],
  [
    'a duration that is no time at all',
    withLine('deadline: 0s'),
    'etcd-backup.yaml:5:15: clusters.prod-eu.deadline: expected a duration such as 30s, 15m, 24h or 2d, at least 1s, got "0s"',
  ],
  [
    'a heartbeat timeout longer than half the life of the lease',
    withLine('heartbeatTimeout: 6m'),
    'etcd-backup.yaml:5:23: clusters.prod-eu.heartbeatTimeout: expected a duration such as 30s, 15m, 24h or 2d, from 1s to 5m, got "6m"',
  ],
  [
    'a part size that is no multiple of 64 KiB',
    withLine('partSize: 100KiB'),
    'etcd-backup.yaml:5:15: clusters.prod-eu.partSize: expected a size such as 32MiB: a multiple of 64KiB, from 64KiB to 64MiB, got "100KiB"',
  ],
  [
    'a word that is none of the choices',
    withLine('keepOnNode: always'),
    'etcd-backup.yaml:5:17: clusters.prod-eu.keepOnNode: expected never or onUploadFailure, got "always"',
  ],
  [
    'a time that no clock shows',
    withLine("quietHours: { from: '24:00', to: '05:00', timeZone: UTC }"),
    'etcd-backup.yaml:5:25: clusters.prod-eu.quietHours.from: expected a time such as 01:00 or 23:30, got "24:00"',
  ],
  [
    'a time zone that is an offset',
    withLine("quietHours: { from: '01:00', to: '05:00', timeZone: '+02:00' }"),
    'etcd-backup.yaml:5:57: clusters.prod-eu.quietHours.timeZone: expected an IANA time zone such as Europe/Berlin or UTC, got "+02:00"',
  ],
  [
    'a host that ssh would take for an option',
    withLine('ssh: { hosts: { master-0: -oProxyCommand=reboot } }'),
    'etcd-backup.yaml:5:31: clusters.prod-eu.ssh.hosts.master-0: expected a host name or an IP address, got "-oProxyCommand=reboot"',
  ],
  [
    'an image by tag',
    withLine('image: quay.io/etcd:latest'),
    'etcd-backup.yaml:5:12: clusters.prod-eu.image: expected an image by digest: registry/name@sha256:<64 hexadecimal digits>, got "quay.io/etcd:latest"',
  ],
  [
    'a list where a mapping belongs',
    'clusters: [prod-eu]\nstores: { primary: { directory: /mnt } }\n',
    'etcd-backup.yaml:1:11: clusters: expected a mapping with cluster names, got a list',
  ],
  [
    'a cluster whose name could not be a label',
    small.replace('prod-eu:', 'Prod_EU:'),
    'etcd-backup.yaml:2:3: clusters.Prod_EU: expected a cluster name: up to 63 of a-z, 0-9, dot and minus, with a letter or digit at both ends, got "Prod_EU"',
  ],
  [
    'a configuration without a cluster',
    'clusters: {}\nstores: { primary: { directory: /mnt } }\n',
    'etcd-backup.yaml:1:11: clusters: expected at least one cluster, got none',
  ],
  [
    'an empty file',
    '# nothing yet\n',
    'etcd-backup.yaml:1:1: expected a mapping with clusters and stores, got nothing',
  ],
  [
    'a key written twice',
    withLine('stores: { snapshot: primary, staticKubeResources: primary }'),
    'etcd-backup.yaml:5:5: expected valid YAML, got an error: Map keys must be unique',
  ],
  [
    'a tab as indentation',
    'clusters:\n\tprod-eu: {}\n',
    'etcd-backup.yaml:2:1: expected valid YAML, got an error: Tabs are not allowed as indentation',
  ],
  [
    'a second document',
    `${small}---\n${small}`,
    'etcd-backup.yaml:7:1: expected valid YAML, got an error: a second document',
  ],
  [
    'a tag, which would be dropped without a word otherwise',
    small.replace('/mnt/backups', '!env BACKUPS'),
    'etcd-backup.yaml:6:25: expected valid YAML, got an error: Unresolved tag',
  ],
  [
    'an alias without an anchor',
    withLine('node: *master'),
    'etcd-backup.yaml:5:11: expected valid YAML, got an alias whose anchor is not above it',
  ],
  [
    'a mistake behind an anchor, at the place where it was written',
    `clusters:
  prod-eu: &common
    kubeconfig: { file: /run/secrets/prod-eu }
    partSize: 1B
    stores: { snapshot: primary, staticKubeResources: primary }
  prod-us: { <<: *common, node: 'Master 1' }
  prod-ap: { <<: *common }
stores:
  primary: { directory: /mnt/backups }
`,
    'etcd-backup.yaml:4:15: clusters.prod-eu.partSize: expected a size such as 32MiB: a multiple of 64KiB, from 64KiB to 64MiB, got "1B"',
    'etcd-backup.yaml:4:15: clusters.prod-us.partSize: expected a size such as 32MiB: a multiple of 64KiB, from 64KiB to 64MiB, got "1B"',
    'etcd-backup.yaml:4:15: clusters.prod-ap.partSize: expected a size such as 32MiB: a multiple of 64KiB, from 64KiB to 64MiB, got "1B"',
    'etcd-backup.yaml:6:33: clusters.prod-us.node: expected a node\'s name, as `oc get nodes` prints it, got "Master 1"',
  ],
])('names the place of %s', async ([, yaml = '', ...expected]) => {
  expect(await complaints(yaml)).toEqual(expected);
});

test.for([
  ['a substitution', '/home/core/$(reboot)'],
  ['two commands', '/home/core;reboot'],
  ['a space', '/home/core/my backup'],
  ['a quote', "/home/core/'"],
  ['a wildcard', '/home/core/*'],
  ['the parent folder', '/home/core/../../etc'],
  ['an option', '/home/-rf'],
  ['a slash at the end', '/home/core/'],
  ['a double slash', '/home//core'],
  ['a relative path', 'home/core'],
  ['the root', '/'],
  ['a line break', '/home/core\n/etc'],
])('refuses a backup directory with %s', async ([, path]) => {
  const [first = '', ...others] = await complaints(
    withLine(`backupDirectory: ${JSON.stringify(path)}`),
  );
  expect(first).toContain(
    'etcd-backup.yaml:5:22: clusters.prod-eu.backupDirectory: expected an absolute',
  );
  expect(others).toEqual([]);
});

test('reports all problems at once, in the order of the file', async () => {
  const lines = await complaints(
    withLine('deadline: soon')
      .replace('snapshot: primary', 'snapshot: third')
      .replace('directory:', 'dir:'),
  );
  expect(lines.map((line) => line.split(': ').slice(0, 2))).toEqual([
    ['etcd-backup.yaml:4:25', 'clusters.prod-eu.stores.snapshot'],
    ['etcd-backup.yaml:5:15', 'clusters.prod-eu.deadline'],
    ['etcd-backup.yaml:7:14', 'stores.primary.dir'],
  ]);
});

test('hands the problems to programs as data', async () => {
  await expect(load(withLine('dedline: 24h'))).rejects.toMatchObject({
    name: 'ConfigError',
    problems: [
      {
        file: join(directory, 'etcd-backup.yaml'),
        line: 5,
        column: 5,
        field: 'clusters.prod-eu.dedline',
        got: 'an unknown key',
        suggestion: 'deadline',
      },
    ],
  });
});

const canary = 'sha256~qK3canaryW0rD8canaryZ1canary9canaryX4cana';
test.for([
  ['under an unknown key', withLine(`token: ${canary}`)],
  ['where a mapping belongs', small.replace('{ file: /run/secrets/prod-eu }', canary)],
  [
    'as a whole kubeconfig',
    small.replace('{ file: /run/secrets/prod-eu }', `|\n      token: ${canary}`),
  ],
  ['where a name belongs', withLine(`namespace: ${canary}`)],
  ['in a list', withLine(`node: [${canary}]`)],
  ['in broken YAML', withLine(`token: |${canary}`)],
  ['in a broken quote', withLine(`token: "\\q${canary}`)],
  ['behind a tag', withLine(`token: !${canary} x`)],
  ['as an anchor that is not there', withLine(`token: *${canary}`)],
])('never repeats a secret in the wrong place: %s', async ([, yaml = '']) => {
  const lines = await complaints(yaml);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join('\n')).not.toContain('canary');
});

test.for([
  ['a file that is not there', 'missing.yaml', 'no such file'],
  ['a directory', '.', 'a directory'],
])('says so when the file is %s', async ([, name = '', got]) => {
  const file = join(directory, name);
  await expect(loadConfig(file)).rejects.toMatchObject({
    name: 'ConfigError',
    message: `${file}: expected a readable configuration file, got ${got}`,
  });
});

test('does not hang on aliases that multiply', async () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh']) {
    bomb.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join()}]`);
  }
  expect(await complaints(bomb.join('\n'))).toEqual([
    'etcd-backup.yaml: expected YAML without endless aliases, got aliases that never end',
  ]);
});
