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

const name = 'etcd-backup';
const rbac = 'rbac.authorization.k8s.io';

/**
 * Our namespace, and exactly the roles and bindings that a backup with these options needs, in an order in which they can
 * be applied. Pure; the same options give the same objects.
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
      return [
        {
          object: role(
            place,
            rules.map(({ rule }) => rule),
          ),
          why: rules.map(({ why }) => why),
        },
        unexplained(binding(place, subject)),
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

function role(namespace: string | undefined, rules: readonly RbacRule[]): RbacObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: namespace === undefined ? 'ClusterRole' : 'Role',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    rules,
  };
}

function binding(namespace: string | undefined, subject: RbacSubject): RbacObject {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  return {
    apiVersion: `${rbac}/v1`,
    kind: `${kind}Binding`,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { apiGroup: rbac, kind, name },
    subjects: [subject.kind === 'User' ? { ...subject, apiGroup: rbac } : { ...subject }],
  };
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
