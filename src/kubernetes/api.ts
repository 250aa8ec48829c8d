import { z } from 'zod';

import { failure } from '../contracts/failures.ts';
import type { ClusterConnection } from './connect.ts';
import { refusal } from './refusal.ts';
import { apiRequest } from './request.ts';
import type { ApiAnswer, ApiRequest } from './request.ts';
import { collectionPath, objectPath } from './resource.ts';
import type { Collection, ObjectRef } from './resource.ts';
import { parseStatus, serverLine } from './server-status.ts';

export type { Collection, ObjectRef } from './resource.ts';

/**
 * How a write ended.
 *
 * - `conflict`: the object exists already, or is not the one that was expected (uid, resource version)
 * - `absent`: the object, or the namespace it belongs to, is not there
 * - `rejected`: admission or validation refused it, with the server's own line
 */
export type WriteResult =
  | { readonly outcome: 'done'; readonly object: unknown }
  | { readonly outcome: 'conflict' }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'rejected'; readonly reason: string };

/** Which object a deletion means: another one is a `conflict`. */
export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/**
 * The target cluster's API, as far as we use it. What it returns is outside data: parse it.
 *
 * Every call reads the credentials anew, waits at most 15 seconds for its answer, and fails with `ClusterDenied` (401,
 * 403; not retryable; names verb and resource), `ClusterUnreachable` (network, 429, 5xx; retryable), `ConfigInvalid` (the
 * kubeconfig, or a name that cannot be one; not retryable), or with the aborted signal's reason.
 */
export interface ClusterApi {
  /** The object, or `undefined` where there is none (or not even its kind). Reads only. */
  readObject(ref: ObjectRef, signal: AbortSignal): Promise<unknown>;
  /** All objects of the collection, page by page; none where its kind does not exist. Reads only. */
  listObjects(
    collection: Collection & { readonly labelSelector?: string; readonly fieldSelector?: string },
    signal: AbortSignal,
  ): Promise<readonly unknown[]>;
  /** Creates the object. Safe to repeat: the second time is a `conflict`. */
  createObject(collection: Collection, object: object, signal: AbortSignal): Promise<WriteResult>;
  /** Replaces the object whole; the `resourceVersion` in its metadata makes it optimistic. */
  replaceObject(ref: ObjectRef, object: object, signal: AbortSignal): Promise<WriteResult>;
  /** Asks for deletion; a pod goes later, when its node confirms. Safe to repeat. */
  deleteObject(ref: ObjectRef, options: DeleteOptions, signal: AbortSignal): Promise<WriteResult>;
  /** The API server's clock, as its last answer showed it (to about a second); the worker's own before the first. */
  now(): Date;
}

/** Makes the facade; opens no connection and reads no file yet. Each call may take `timeoutMs`. */
export function clusterApi(connection: ClusterConnection, timeoutMs = 15_000): ClusterApi {
  let offsetMs = 0;
  const call = async (request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> => {
    const answer = await apiRequest(connection, request, { timeoutMs, signal });
    if (answer.date !== undefined) offsetMs = answer.date.getTime() - Date.now();
    return answer;
  };

  const readObject: ClusterApi['readObject'] = async (ref, signal) => {
    const answer = await call({ method: 'GET', path: objectPath(ref) }, signal);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusal(answer, 'get', ref);
    return json(answer);
  };

  const listObjects: ClusterApi['listObjects'] = async (collection, signal) => {
    const { labelSelector, fieldSelector } = collection;
    const found: unknown[] = [];
    let next = '';
    do {
      const query = {
        limit: '500',
        ...(labelSelector === undefined ? {} : { labelSelector }),
        ...(fieldSelector === undefined ? {} : { fieldSelector }),
        ...(next === '' ? {} : { continue: next }),
      };
      const answer = await call({ method: 'GET', path: collectionPath(collection), query }, signal);
      if (answer.status === 404) return [];
      if (answer.status !== 200) throw refusal(answer, 'list', collection);
      const page = pageSchema.safeParse(json(answer));
      if (!page.success) throw unreadable(answer, 'a list');
      found.push(...page.data.items);
      next = page.data.metadata?.continue ?? '';
    } while (next !== '');
    return found;
  };

  const write = async (
    request: ApiRequest,
    target: Collection & { readonly name?: string },
    signal: AbortSignal,
  ): Promise<WriteResult> => {
    const answer = await call(request, signal);
    if (answer.status >= 200 && answer.status < 300) {
      return { outcome: 'done', object: json(answer) };
    }
    if (answer.status === 404) return { outcome: 'absent' };
    if (answer.status === 409) return { outcome: 'conflict' };
    const reason = rejection(answer);
    if (reason !== undefined) return { outcome: 'rejected', reason };
    throw refusal(answer, verbs[request.method], target);
  };

  return {
    readObject,
    listObjects,
    createObject: async (collection, object, signal) =>
      await write(
        { method: 'POST', path: collectionPath(collection), body: object },
        collection,
        signal,
      ),
    replaceObject: async (ref, object, signal) =>
      await write({ method: 'PUT', path: objectPath(ref), body: object }, ref, signal),
    deleteObject: async (ref, preconditions, signal) => {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
      return await write({ method: 'DELETE', path: objectPath(ref), body }, ref, signal);
    },
    now: () => new Date(Date.now() + offsetMs),
  };
}

const verbs = { GET: 'get', POST: 'create', PUT: 'update', DELETE: 'delete' } as const;

const pageSchema = z.object({
  items: z.array(z.unknown()),
  metadata: z.object({ continue: z.string().optional() }).optional(),
});

/**
 * The line of an admission or validation that refused an object. The authoriser answers 403 as well, but says which user
 * cannot do what.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go
 */
function rejection({ status, text }: ApiAnswer): string | undefined {
  if (status !== 403 && status !== 422 && status !== 400) return undefined;
  const reason = serverLine(parseStatus(text)?.message);
  if (reason === '' || (status === 403 && /\bcannot \w+ (resource|path)\b/.test(reason))) {
    return undefined;
  }
  return reason;
}

function json(answer: ApiAnswer): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    throw unreadable(answer, 'JSON');
  }
}

function unreadable({ status, server }: ApiAnswer, expected: string): Error {
  return failure('ClusterUnreachable', {
    observed: `the cluster's API answered ${status} with something else, expected ${expected}`,
    where: { server },
    nextStep:
      'Check that the server of the kubeconfig is the API server, not a proxy or login page.',
  });
}
