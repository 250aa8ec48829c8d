import type { Api } from '../cluster/api.ts';
import { place } from '../place.ts';

const machineConfig = 'rendered-master-0f1e2d3c4b5a69788796a5b4c3d2e1f0';

/** Marks the node as a control plane node whose machine config is applied. Safe to repeat. */
export async function applyNodeIdentity(api: Api): Promise<void> {
  const prefix = 'machineconfiguration.openshift.io';
  await api.apply(`/api/v1/nodes/${place.nodeName}`, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: place.nodeName,
      labels: {
        'node-role.kubernetes.io/master': '',
        'node-role.kubernetes.io/control-plane': '',
        'node.openshift.io/os_id': 'rhcos',
      },
      annotations: {
        [`${prefix}/state`]: 'Done',
        [`${prefix}/reason`]: '',
        [`${prefix}/currentConfig`]: machineConfig,
        [`${prefix}/desiredConfig`]: machineConfig,
      },
    },
  });
}
