import { failure } from '../contracts/failures.ts';

/** A collection of the API; `group` is '' for the core group. */
export interface Collection {
  readonly group: string;
  readonly version: string;
  /** Of a collection outside namespaces: absent. */
  readonly namespace?: string;
  readonly plural: string;
}

/** One object of the API. */
export interface ObjectRef extends Collection {
  readonly name: string;
}

/**
 * The path of a collection.
 *
 * @throws `ConfigInvalid`, not retryable, when a name cannot be a segment of a path
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apimachinery/pkg/api/validation/path/name.go
 */
export function collectionPath({ group, version, namespace, plural }: Collection): string {
  const base = group === '' ? ['api', version] : ['apis', group, version];
  const scope = namespace === undefined ? [] : ['namespaces', namespace];
  return [...base, ...scope, plural].map((segment) => `/${pathSegment(segment)}`).join('');
}

/** The path of an object; throws as {@link collectionPath} does. */
export function objectPath(ref: ObjectRef): string {
  return `${collectionPath(ref)}/${pathSegment(ref.name)}`;
}

/** The resource as RBAC names it: `leases.coordination.k8s.io`, `pods`. */
export function resourceName({ group, plural }: Collection): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function pathSegment(name: string): string {
  if (/^(\.{0,2}|.*[/%].*)$/s.test(name)) {
    throw failure('ConfigInvalid', {
      observed: `"${name}" cannot be a name in the cluster's API, expected no "/", "%", "." or ".."`,
    });
  }
  return encodeURIComponent(name);
}
