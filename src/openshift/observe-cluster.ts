import type { Permission } from '../contracts/plan.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { deniedPermission } from '../kubernetes/refusal.ts';
import { resourceName } from '../kubernetes/resource.ts';
import { readPendingNodeRequests } from './certificate-requests.ts';
import { readBaseDomain, readIngressDomain } from './cluster-domains.ts';
import { readClusterNetworks } from './cluster-networks.ts';
import { controlPlaneOperators, readControlPlaneOperator } from './cluster-operators.ts';
import { readClusterVersion } from './cluster-version.ts';
import { readControlPlaneNodes } from './control-plane-nodes.ts';
import { readDebugNamespace } from './debug-namespace.ts';
import { readEncryptionType } from './encryption.ts';
import { readEtcdPods } from './etcd-pods.ts';
import { readInfrastructure } from './infrastructure.ts';
import { observedCluster } from './observed-cluster.ts';
import type { ObservedCluster, ObservedProxy, Reading } from './observed-cluster.ts';
import { readOperatorConfig } from './operator-config.ts';
import type { OperatorName } from './operator-config.ts';
import { readProxy } from './proxy.ts';
import { readSigners } from './signers.ts';

/** What was read, and the rights that were missing for the rest. */
export interface Observation {
  readonly observed: ObservedCluster;
  readonly denials: readonly Permission[];
}

/**
 * Reads the cluster once. Reads only; every fault of the cluster is found in one go by the guards. What the worker's user may
 * not read leaves its field unread and is listed; all other failures end it. `debugNamespace` is absent where no debug pod
 * will be made.
 *
 * @throws `ClusterUnreachable`, retryable; `ClusterDenied`, not retryable, for credentials that the cluster does not know at
 * all; `GuardRefused`, not retryable, where this is not OpenShift
 */
export async function observeCluster(
  api: ClusterApi,
  debugNamespace: string | undefined,
  signal: AbortSignal,
): Promise<Observation> {
  const denials = new Map<string, Permission>();
  const attempt = async <T>(read: Promise<T>): Promise<Reading<T>> => {
    try {
      return { value: await read };
    } catch (error) {
      const denied = deniedPermission(error);
      if (denied === undefined) throw error;
      denials.set(JSON.stringify(denied), denied);
      return { unread: `${describePermission(denied)} was denied` };
    }
  };
  const operatorConfig = (name: OperatorName) => attempt(readOperatorConfig(api, name, signal));

  // The one that says whether this is OpenShift at all comes first: its failure explains the others.
  const version = await attempt(readClusterVersion(api, signal));
  const openshiftVersion = 'value' in version ? version.value.openshiftVersion : undefined;
  const [first, second, operators] = await Promise.all([
    Promise.all([
      attempt(readInfrastructure(api, signal)),
      attempt(readClusterNetworks(api, signal)),
      attempt(readIngressDomain(api, signal)),
      attempt(readBaseDomain(api, signal)),
      attempt(observeProxy(api, signal)),
      attempt(readEncryptionType(api, signal)),
      operatorConfig('kube-apiserver'),
      operatorConfig('openshift-apiserver'),
      operatorConfig('authentication'),
    ]),
    Promise.all([
      operatorConfig('etcd'),
      attempt(readControlPlaneNodes(api, signal)),
      attempt(readEtcdPods(api, signal)),
      debugNamespace === undefined
        ? { unread: 'no debug pod will be made' }
        : attempt(readDebugNamespace(api, debugNamespace, signal)),
      attempt(readSigners(api, signal)),
      attempt(readPendingNodeRequests(api, openshiftVersion, signal)),
    ]),
    Promise.all(
      controlPlaneOperators(openshiftVersion).map((name) =>
        attempt(readControlPlaneOperator(api, name, signal)),
      ),
    ),
  ]);
  const [infrastructure, networks, ingressDomain, baseDomain, proxy, encryptionType, ...configs] =
    first;
  const [kubeApiServer, openshiftApiServer, authentication] = configs;
  const [etcd, nodes, etcdPods, namespace, signers, pendingNodeRequests] = second;
  const observed = observedCluster({
    version,
    infrastructure,
    networks,
    ingressDomain,
    baseDomain,
    proxy,
    encryptionType,
    kubeApiServer,
    openshiftApiServer,
    authentication,
    etcd,
    operators: all(operators),
    nodes,
    etcdPods,
    namespace,
    signers,
    pendingNodeRequests,
  });
  return { observed, denials: [...denials.values()] };
}

/** A right in the words of RBAC: `get proxies.config.openshift.io/cluster`, `list pods in namespace openshift-etcd`. */
export function describePermission(permission: Permission): string {
  const { verb, group, resource, namespace, name } = permission;
  const what = resourceName({ group, version: 'v1', plural: resource });
  const which = name === undefined ? '' : `/${name}`;
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
  return `${verb} ${what}${which}${where}`;
}

async function observeProxy(api: ClusterApi, signal: AbortSignal): Promise<ObservedProxy> {
  const proxy = await readProxy(api, signal);
  if (proxy === undefined) return { isEnabled: false };
  const { trustedCA } = proxy;
  return { isEnabled: true, ...(trustedCA === undefined ? {} : { trustedCA }) };
}

function all<T>(readings: readonly Reading<T>[]): Reading<readonly T[]> {
  const unread = readings.flatMap((reading) => ('unread' in reading ? [reading.unread] : []));
  if (unread.length > 0) return { unread: [...new Set(unread)].join(', ') };
  return { value: readings.flatMap((reading) => ('value' in reading ? [reading.value] : [])) };
}
