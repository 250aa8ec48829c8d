import type { Access } from '../contracts/index.ts';
import { requiredPermissions } from './permissions.ts';
import type { RequiredPermission } from './permissions.ts';

/** Whose the permissions shall be. */
export type RbacSubject =
  | { readonly kind: 'ServiceAccount'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'User'; readonly name: string };

/** A rule as RBAC has it. */
export interface RbacRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** An object to apply to the target cluster. */
export interface RbacObject {
  readonly apiVersion: string;
  readonly kind:
    'Namespace' | 'ServiceAccount' | 'ClusterRole' | 'ClusterRoleBinding' | 'Role' | 'RoleBinding';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly rules?: readonly RbacRule[];
  readonly roleRef?: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: readonly Readonly<Record<string, string>>[];
}

/** An object, and why each of its rules is there, rule by rule. */
export interface ExplainedObject {
  readonly object: RbacObject;
  readonly why: readonly string[];
}

/** What {@link rbacObjects} makes objects of. */
export interface RbacOptions {
  readonly access: Access;
  readonly namespace: string;
  readonly subject: RbacSubject;
  /** @default all that access and namespace ask for */
  readonly permissions?: readonly RequiredPermission[];
}

const product = 'etcd-backup';
const rbac = 'rbac.authorization.k8s.io';

/**
 * Our namespace, and exactly the roles and bindings that a backup with these options needs, in an order in which they can
 * be applied. Pure; the same options give the same objects, another namespace others: one installation takes no right of another.
 */
export function rbacObjects({
  access,
  namespace,
  subject,
  permissions = requiredPermissions({ access, namespace }),
}: RbacOptions): readonly ExplainedObject[] {
  const places = [...new Set(permissions.map((permission) => permission.namespace))];
  return [
    unexplained(namespaceObject(namespace, access)),
    // In a namespace of others, whoever owns it makes it.
    ...(subject.kind === 'ServiceAccount' && subject.namespace === namespace
      ? [unexplained(serviceAccount(subject))]
      : []),
    ...places.flatMap((place) => {
      const rules = rulesOf(permissions.filter((permission) => permission.namespace === place));
      const metadata = metadataIn(place, namespace);
      return [
        {
          object: role(
            metadata,
            rules.map(({ rule }) => rule),
          ),
          why: rules.map(({ why }) => why),
        },
        unexplained(binding(metadata, subject)),
      ];
    }),
  ];
}

function unexplained(object: RbacObject): ExplainedObject {
  return { object, why: [] };
}

/**
 * Debug pods are privileged. OpenShift's own synchronisation would take the labels away again, and a default node selector
 * would keep the pod from a control plane node.
 *
 * @see https://github.com/openshift/oc/blob/release-4.16/pkg/cli/debug/debug.go
 */
function namespaceObject(namespace: string, access: Access): RbacObject {
  const privileged = {
    labels: {
      'pod-security.kubernetes.io/enforce': 'privileged',
      'pod-security.kubernetes.io/audit': 'privileged',
      'pod-security.kubernetes.io/warn': 'privileged',
      'security.openshift.io/scc.podSecurityLabelSync': 'false',
    },
    annotations: { 'openshift.io/node-selector': '' },
  };
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, ...(access === 'debugPod' ? privileged : {}) },
  };
}

function serviceAccount({ name, namespace }: { name: string; namespace: string }): RbacObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
}

/** Outside our namespace, where another installation may have its own, the name tells whose it is. */
function metadataIn(place: string | undefined, namespace: string): RbacObject['metadata'] {
  const isOurs = place === namespace || namespace === product;
  const name = isOurs ? product : `${product}-${namespace}`;
  return { name, ...(place === undefined ? {} : { namespace: place }) };
}

function role(metadata: RbacObject['metadata'], rules: readonly RbacRule[]): RbacObject {
  return { apiVersion: `${rbac}/v1`, kind: kindIn(metadata), metadata, rules };
}

function binding(metadata: RbacObject['metadata'], subject: RbacSubject): RbacObject {
  const kind = kindIn(metadata);
  return {
    apiVersion: `${rbac}/v1`,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: rbac, kind, name: metadata.name },
    subjects: [subject.kind === 'User' ? { ...subject, apiGroup: rbac } : { ...subject }],
  };
}

function kindIn({ namespace }: RbacObject['metadata']): 'ClusterRole' | 'Role' {
  return namespace === undefined ? 'ClusterRole' : 'Role';
}

/** In the order in which people write them. */
const verbOrder = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'use'];

/** One rule for each resource and set of names: none grants more than its permissions say together. */
function rulesOf(
  permissions: readonly RequiredPermission[],
): readonly { readonly rule: RbacRule; readonly why: string }[] {
  const byVerb = groupBy(permissions, ({ group, resource, verb, why }) =>
    [group, resource, verb, why].join(' '),
  );
  const named = byVerb.map((same) => ({
    ...first(same),
    names: same.flatMap(({ name }) => (name === undefined ? [] : [name])),
  }));
  const byResource = groupBy(named, ({ group, resource, names }) =>
    [group, resource, ...names].join(' '),
  );
  return byResource.map((same) => {
    const { group, resource, names } = first(same);
    return {
      rule: {
        apiGroups: [group],
        resources: [resource],
        ...(names.length === 0 ? {} : { resourceNames: names }),
        verbs: verbOrder.filter((each) => same.some(({ verb }) => verb === each)),
      },
      why: [...new Set(same.map(({ why }) => why))].join('; '),
    };
  });
}

function groupBy<T>(all: readonly T[], key: (one: T) => string): readonly (readonly T[])[] {
  return [...Map.groupBy(all, key).values()];
}

function first<T>(some: readonly T[]): T {
  const [one] = some;
  if (one === undefined) throw new TypeError('expected a group with something in it');
  return one;
}
