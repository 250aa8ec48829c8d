import type { Access, Permission } from '../contracts/index.ts';

/** A permission, and what it is for. */
export interface RequiredPermission extends Permission {
  /** A few words that follow "for". */
  readonly why: string;
  /** The first OpenShift version that asks for it. @default all */
  readonly since?: string;
}

/** What of the configuration decides about permissions. */
export interface PermissionOptions {
  readonly access: Access;
  /** The namespace of the Lease and of the debug pod. */
  readonly namespace: string;
}

interface Row {
  readonly verbs: readonly string[];
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  /** Where only these objects are meant. */
  readonly names?: readonly string[];
  readonly why: string;
  readonly since?: string;
}

/**
 * Everything that a backup with these options asks the target cluster's API for, verb by verb: the one table that the
 * check, `etcd-backup rbac` and the lab read. No Secret, no `nodes/proxy`, no command in a pod of etcd.
 */
export function requiredPermissions(options: PermissionOptions): readonly RequiredPermission[] {
  const rows = [
    ...clusterRows,
    ...leaseRows(options.namespace),
    ...(options.access === 'local' ? [] : [nodeRow]),
    ...(options.access === 'debugPod' ? debugPodRows(options.namespace) : []),
  ];
  return rows.flatMap(permissionsOf);
}

const config = 'config.openshift.io';
const operator = 'operator.openshift.io';

const clusterRows: readonly Row[] = [
  read(config, 'clusterversions', ['version'], 'the release, the install time, updates in flight'),
  read(config, 'infrastructures', ['cluster'], "the topology and the cluster's addresses"),
  read(config, 'networks', ['cluster'], 'stores inside the cluster, by address'),
  read(config, 'ingresses', ['cluster'], 'stores inside the cluster, by the domain of its routes'),
  read(config, 'dnses', ['cluster'], 'stores inside the cluster, by its own domain'),
  read(config, 'proxies', ['cluster'], 'the proxy that the script needs'),
  read(config, 'apiservers', ['cluster'], 'whether etcd is encrypted'),
  read(
    config,
    'clusteroperators',
    ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'],
    'rollouts under way',
  ),
  read(operator, 'etcds', ['cluster'], "the etcd operator's own view and its revisions"),
  read(operator, 'kubeapiservers', ['cluster'], 'the state and the generation of encryption keys'),
  read(operator, 'openshiftapiservers', ['cluster'], 'the migration of etcd encryption'),
  read(operator, 'authentications', ['cluster'], 'the migration of etcd encryption'),
  {
    verbs: ['list'],
    group: '',
    resource: 'nodes',
    why: 'the control plane nodes and their health',
  },
  {
    verbs: ['list'],
    group: 'certificates.k8s.io',
    resource: 'certificatesigningrequests',
    why: 'node certificates that wait for approval',
  },
  {
    verbs: ['list'],
    group: '',
    resource: 'pods',
    namespace: 'openshift-etcd',
    why: "etcd's members and the image that is on the node already",
  },
  {
    verbs: ['get'],
    group: '',
    resource: 'configmaps',
    namespace: 'openshift-config-managed',
    names: ['csr-controller-ca'],
    why: 'the first certificate rotation, by public certificates',
  },
];

const nodeRow: Row = {
  verbs: ['get'],
  group: '',
  resource: 'nodes',
  why: 'the way to the chosen node',
};

function leaseRows(namespace: string): readonly Row[] {
  const group = 'coordination.k8s.io';
  const lease = {
    group,
    resource: 'leases',
    namespace,
    why: 'the lease that keeps a second run away',
  };
  return [
    // A name cannot restrict create: the object does not have one yet.
    { ...lease, verbs: ['create'] },
    { ...lease, verbs: ['get', 'update', 'delete'], names: ['etcd-backup'] },
    { verbs: ['list'], group: '', resource: 'pods', namespace, why: 'pods that a dead run left' },
  ];
}

function debugPodRows(namespace: string): readonly Row[] {
  return [
    {
      verbs: ['get'],
      group: '',
      resource: 'namespaces',
      namespace,
      names: [namespace],
      why: 'whether the namespace lets privileged pods in',
    },
    {
      verbs: ['get', 'create', 'delete'],
      group: '',
      resource: 'pods',
      namespace,
      why: 'the debug pod',
    },
    {
      verbs: ['get'],
      group: '',
      resource: 'pods/exec',
      namespace,
      why: 'commands on the node, through the debug pod',
    },
    {
      verbs: ['create'],
      group: '',
      resource: 'pods/exec',
      namespace,
      why: 'the same, from Kubernetes 1.35 on',
      // Kubernetes 1.35, https://github.com/kubernetes/kubernetes/pull/134577
      since: '4.22',
    },
    {
      verbs: ['use'],
      group: 'security.openshift.io',
      resource: 'securitycontextconstraints',
      namespace,
      names: ['privileged'],
      why: 'a privileged pod',
    },
  ];
}

function read(group: string, resource: string, names: readonly string[], why: string): Row {
  return { verbs: ['get'], group, resource, names, why };
}

function permissionsOf({ verbs, names, ...rest }: Row): readonly RequiredPermission[] {
  return verbs.flatMap((verb): readonly RequiredPermission[] =>
    names === undefined ? [{ verb, ...rest }] : names.map((name) => ({ verb, name, ...rest })),
  );
}
