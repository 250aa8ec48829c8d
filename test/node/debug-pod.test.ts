import { expect, test } from 'vitest';

import { checkSession, debugPod } from '../../src/node/debug-pod.ts';
import { debugSession } from '../../src/contracts/debug-session.ts';

const owner = { run: 'abcdefghijkl', cluster: 'prod-eu', take: 2 };
const session = debugSession(owner, {
  namespace: 'etcd-backup',
  nodeName: 'master-0.example.test',
  image: 'quay.test/etcd@sha256:0123',
  activeDeadlineSeconds: 3600,
});

test('the pod of a take is known by name, whoever asks', () => {
  expect(session.podName).toBe('etcd-backup-abcdefghijkl-2');
});

test('the pod is bound to its node, sees its whole file system as root, and ends by itself', () => {
  expect(debugPod(session, owner)).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'etcd-backup-abcdefghijkl-2',
      namespace: 'etcd-backup',
      labels: {
        'app.kubernetes.io/managed-by': 'temporal-etcd-backup',
        'etcd-backup/run': 'abcdefghijkl',
        'etcd-backup/cluster': 'prod-eu',
        'etcd-backup/take': '2',
      },
      annotations: {
        'openshift.io/required-scc': 'privileged',
        'debug.openshift.io/source-container': 'container-00',
        'debug.openshift.io/source-resource': '/v1, Resource=nodes/master-0.example.test',
      },
    },
    spec: {
      nodeName: 'master-0.example.test',
      hostPID: true,
      hostNetwork: true,
      restartPolicy: 'Never',
      priorityClassName: 'system-node-critical',
      tolerations: [{ operator: 'Exists' }],
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      activeDeadlineSeconds: 3600,
      terminationGracePeriodSeconds: 5,
      containers: [
        {
          name: 'container-00',
          image: 'quay.test/etcd@sha256:0123',
          imagePullPolicy: 'IfNotPresent',
          command: ['sleep', '3600'],
          securityContext: { privileged: true, runAsUser: 0 },
          resources: { requests: { cpu: '50m', memory: '64Mi' } },
          volumeMounts: [{ name: 'host', mountPath: '/host' }],
        },
      ],
      volumes: [{ name: 'host', hostPath: { path: '/', type: 'Directory' } }],
    },
  });
});

test.each([
  ['namespace', 'a/b'],
  ['namespace', ''],
  ['podName', '..'],
  ['podName', 'A'],
  ['nodeName', 'master 0'],
  ['image', ''],
  ['image', '--x'],
  ['activeDeadlineSeconds', 0],
  ['activeDeadlineSeconds', 1.5],
])('a session whose %s is %j is refused by that name', (field, value) => {
  expect(() => checkSession({ ...session, [field]: value })).toThrow(
    expect.objectContaining({
      type: 'ConfigInvalid',
      message: expect.stringContaining(`debug session: ${field}`),
    }),
  );
});

test('a session as it is made is accepted', () => {
  expect(() => checkSession(session)).not.toThrow();
});
