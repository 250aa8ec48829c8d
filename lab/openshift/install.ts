import type { Api } from '../cluster/api.ts';
import { nodeRegistered } from '../cluster/cluster-ready.ts';
import { etcdctl } from '../cluster/etcdctl.ts';
import type { Pki } from '../cluster/pki.ts';
import type { Work } from '../work.ts';
import { applyOpenshiftObjects } from './apply-objects.ts';
import { installCrds } from './crds.ts';
import { backdateClusterVersion } from './installed-long-ago.ts';
import { applyNodeIdentity } from './node-identity.ts';
import { applySignerConfigMap } from './signer-config-map.ts';

/** Makes a Kubernetes look like an OpenShift to whoever asks its API. Namespaces must be there. */
export async function installOpenshift(api: Api, pki: Pki, work: Work): Promise<void> {
  await Promise.all([
    installObjects(api, work),
    applySignerConfigMap(api, pki.csrSigner.cert),
    nodeRegistered(api, work).then(() => applyNodeIdentity(api)),
  ]);
}

async function installObjects(api: Api, work: Work): Promise<void> {
  await installCrds(api, work);
  await applyOpenshiftObjects(api);
  await backdateClusterVersion(etcdctl);
}
