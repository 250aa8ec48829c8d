import { failure } from '../contracts/failures.ts';
import type { Permission } from '../contracts/plan.ts';
import type { ApiAnswer } from './request.ts';
import { resourceName } from './resource.ts';
import type { Collection } from './resource.ts';
import { parseStatus, serverLine } from './server-status.ts';

/**
 * The failure of an answer that is neither success nor one the caller knows what to do with.
 *
 * 401 and 403 are `ClusterDenied`; 429, 5xx and whatever a proxy may answer are `ClusterUnreachable`; what says that our
 * own request is wrong is `UnexpectedError`.
 */
export function refusal(
  answer: Pick<ApiAnswer, 'status' | 'text' | 'server'>,
  verb: string,
  target: Collection & { readonly name?: string },
): Error {
  const { status, text, server } = answer;
  const resource = resourceName(target);
  const said = serverLine(parseStatus(text)?.message);
  const answered = `${verb} ${resource}: ${status}${said === '' ? '' : ` "${said}"`}`;
  const where = { namespace: target.namespace, name: target.name, server };
  if (status === 401) {
    const observed = `${answered}, expected the credentials accepted`;
    return failure('ClusterDenied', { observed, where, nextStep: 'Renew the credentials.' });
  }
  if (status === 403) {
    const scope = target.namespace === undefined ? '' : ` in namespace ${target.namespace}`;
    const nextStep = `Grant ${verb} on ${resource}${scope} to the worker's user.`;
    const observed = `${answered}, expected it allowed`;
    const denied = failure('ClusterDenied', { observed, where, nextStep });
    denials.set(denied, permission(verb, target));
    return denied;
  }
  const ours = status >= 400 && status < 500 && status !== 408 && status !== 410 && status !== 429;
  const observed = `${answered}, expected an answer`;
  return failure(ours ? 'UnexpectedError' : 'ClusterUnreachable', { observed, where });
}

// Beside the failure: what a failure holds goes into histories, and its message is for people.
const denials = new WeakMap<object, Permission>();

/** The right that was missing, of a `ClusterDenied` that is about one; `undefined` for any other error. */
export function deniedPermission(error: unknown): Permission | undefined {
  return typeof error === 'object' && error !== null ? denials.get(error) : undefined;
}

function permission(
  verb: string,
  { group, plural, namespace, name }: Collection & { readonly name?: string },
): Permission {
  return {
    verb,
    group,
    resource: plural,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}
