import type { StandInCluster } from '../../src/testing/index.ts';

/** How etcd encryption stands: off, done, or on its way. */
export type EncryptionState = 'off' | 'completed' | 'migrating';

const reasons = {
  off: 'EncryptionDisabled',
  completed: 'EncryptionCompleted',
  migrating: 'EncryptionInProgress',
};

/** Makes a cluster's API and nodes show etcd encryption so; the values in etcd stay as they are. */
export async function encryptEtcd(
  { objects, nodes }: StandInCluster,
  state: EncryptionState,
): Promise<void> {
  const { apiServer, kubeApiServer } = objects;
  apiServer.spec.encryption = { type: state === 'off' ? '' : 'aescbc' };
  const encrypted = kubeApiServer.status.conditions.find(({ type }) => type === 'Encrypted');
  if (encrypted === undefined) throw new Error('the operator of kube-apiserver says nothing of it');
  Object.assign(encrypted, {
    status: state === 'completed' ? 'True' : 'False',
    reason: reasons[state],
  });
  for (const node of nodes) await node.setEncryptionConfig(state === 'off' ? [] : ['1']);
}
