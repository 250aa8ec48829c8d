import type { z } from 'zod';

import { failure } from '../contracts/failures.ts';
import type { ClusterApi, Collection, ObjectRef } from '../kubernetes/api.ts';

/**
 * Reads one object and keeps the fields of `schema`; `undefined` where there is none.
 *
 * @throws `GuardRefused`, not retryable, when the object is not of the shape that OpenShift documents
 */
export async function readParsed<T>(
  api: ClusterApi,
  ref: ObjectRef,
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const object = await api.readObject(ref, signal);
  return object === undefined ? undefined : parsed(schema, object, `${ref.plural}/${ref.name}`);
}

/** Lists objects and keeps the fields of `schema`. Fails like {@link readParsed}. */
export async function listParsed<T>(
  api: ClusterApi,
  collection: Collection & { readonly labelSelector?: string },
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<readonly T[]> {
  const objects = await api.listObjects(collection, signal);
  return objects.map((object) => parsed(schema, object, collection.plural));
}

function parsed<T>(schema: z.ZodType<T>, object: unknown, what: string): T {
  const result = schema.safeParse(object);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw failure('GuardRefused', {
    observed: `${what} is not as OpenShift documents it: ${issue?.path.join('.')} ${issue?.message}`,
    nextStep: 'Check that this is an OpenShift 4 cluster and that its API is whole.',
  });
}
