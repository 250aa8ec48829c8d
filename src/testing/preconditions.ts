import type { KubeObject } from './cluster-objects.ts';
import type { DeleteOptions } from './object-names.ts';
import { conflict } from './status-error.ts';
import type { ResourceName } from './status-error.ts';

/** Throws 409 when the object is not the one that the caller means. */
export function checkPreconditions(
  of: ResourceName,
  { metadata }: Pick<KubeObject, 'metadata'>,
  { preconditions }: DeleteOptions,
): void {
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid != null && uid !== metadata.uid) throw failed(of, 'UID', uid, metadata.uid);
  if (resourceVersion != null && resourceVersion !== metadata.resourceVersion) {
    throw failed(of, 'ResourceVersion', resourceVersion, metadata.resourceVersion);
  }
}

function failed(of: ResourceName, what: string, wanted: string, found: string): Error {
  return conflict(
    of,
    `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`,
  );
}
