import type { Api } from '../cluster/api.ts';

/** Publishes the signer of the kubelets' certificates where OpenShift does. Safe to repeat. */
export async function applySignerConfigMap(api: Api, signer: string): Promise<void> {
  const metadata = { name: 'csr-controller-ca', namespace: 'openshift-config-managed' };
  await api.apply(`/api/v1/namespaces/${metadata.namespace}/configmaps/${metadata.name}`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { 'ca-bundle.crt': signer },
  });
}
