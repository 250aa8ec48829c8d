import { failure } from '../contracts/failures.ts';
import type { FailureType } from '../contracts/failures.ts';
import { refusal } from './refusal.ts';
import type { ApiAnswer } from './request.ts';
import { objectPath } from './resource.ts';
import { parseStatus, serverLine } from './server-status.ts';

/** Where a command is executed. */
export interface ExecTarget {
  readonly namespace: string;
  readonly podName: string;
  readonly container: string;
  /** The pod's node; for messages only. */
  readonly nodeName: string;
}

/** The path of the target's exec endpoint. */
export function execPath({ namespace, podName }: ExecTarget): string {
  const pod = { group: '', version: 'v1', plural: 'pods', namespace, name: podName };
  return `${objectPath(pod)}/exec`;
}

/** A failure of a connection to the target: what was observed. */
export function execFailure(
  type: Extract<FailureType, 'ClusterUnreachable' | 'NodeUnreachable' | 'UnexpectedError'>,
  { namespace, podName, nodeName }: ExecTarget,
  observed: string,
): Error {
  const where = { node: nodeName, pod: `${namespace}/${podName}` };
  return failure(type, { observed: `exec on the node: ${observed}`, where });
}

/**
 * The failure of an upgrade that the API server refused.
 *
 * 404 and 400 say that the pod, or its container, is gone. Before exec was translated in the API server, its 5xx also
 * passed on what the kubelet said, or that the kubelet did not answer.
 */
export function upgradeRefusal(
  answer: Pick<ApiAnswer, 'status' | 'text' | 'server'>,
  target: ExecTarget,
): Error {
  const { status, text } = answer;
  const said = serverLine(parseStatus(text)?.message ?? text);
  const ofNode = /dialing backend|upgrade connection|container not found|proxy error/i.test(said);
  if (status === 400 || status === 404 || (status >= 500 && ofNode)) {
    return execFailure(
      'NodeUnreachable',
      target,
      `refused, ${status} "${said}", expected the pod running`,
    );
  }
  // Kubernetes before 1.35 asks for `get`, later ones for both.
  return refusal(answer, 'get and create', {
    group: '',
    version: 'v1',
    plural: 'pods/exec',
    namespace: target.namespace,
    name: target.podName,
  });
}
