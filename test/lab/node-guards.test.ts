import { afterAll, beforeAll, expect, test } from 'vitest';

import { labDown, labUp } from '../../lab/index.ts';
import type { Lab } from '../../lab/index.ts';
import { examineNode } from '../../src/activities/examine-node.ts';
import { clusterApi } from '../../src/kubernetes/api.ts';
import type { NodeShell } from '../../src/node/node-shell.ts';

let lab: Lab;
const returned: string[] = [];
beforeAll(async () => {
  await labDown();
  lab = await labUp();
});
afterAll(async () => await labDown());

/** The node's own root, without a pod between: etcd is looked for where it is looked for on a real node. */
const shell = (): NodeShell => ({
  nodeName: lab.nodeName,
  run: async (argv) => {
    const { exitCode, stdout, stderr } = await lab.exec(argv);
    returned.push(stdout, stderr);
    return { exitCode, stdout: Buffer.from(stdout), stderr };
  },
  open: async () => await Promise.reject(new Error('nothing here reads a stream')),
});

test('the node of a real control plane passes every guard, and etcd says what etcdctl says', async () => {
  const directory = '/home/core/assets/backup/abcdefghijkl-1';
  const found = await examineNode(
    shell(),
    {
      take: { nodeName: lab.nodeName, directory },
      policy: { stores: { snapshot: 'primary', staticKubeResources: 'vault' } },
      facts: {
        openshiftVersion: '4.16.20',
        encryption: { type: 'identity' },
        overrides: [],
      },
      api: clusterApi({ kubeconfig: { file: lab.kubeconfigPath } }),
    },
    new AbortController().signal,
  );
  expect(found.guards.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  const [line = ''] = (await lab.etcdctl(['member', 'list'])).split('\n');
  const [id, , name, peerUrl] = line.split(', ');
  expect(found.etcd).toMatchObject({
    members: [{ id, name, peerURLs: [peerUrl], isLearner: false }],
    member: id,
    leader: id,
  });
  expect(found.keys).toEqual({ revisions: { latest: 7, running: { [lab.nodeName]: 7 } } });
  expect(returned.join('\n')).not.toContain('PRIVATE KEY');
  expect((await lab.exec(['test', '-e', '/home/core/assets/backup'])).exitCode).toBe(1);
});
