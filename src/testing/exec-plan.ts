import type { ApiRequest } from './api-request.ts';
import type { ExecProcess } from './container.ts';
import type { Pods } from './pods.ts';
import { badRequest, internalError } from './status-error.ts';

/** A command that may be executed once its connection is open. */
export interface ExecPlan {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** @throws `StatusError` 500 when the container does not run, or its node is down */
  readonly check: () => void;
  /** Starts the command; throws as `check` does. */
  readonly start: () => Promise<ExecProcess>;
}

/**
 * Reads what is to be executed where.
 *
 * @throws `StatusError` as the API server answers: 404 for the pod, 400 for what cannot be executed
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/registry/core/pod/strategy.go
 */
export function execPlan(pods: Pods, { namespace, name, query }: ApiRequest): ExecPlan {
  const pod = pods.find(namespace, name);
  const containers = pod.spec.containers.map((container) => container.name);
  const container = query.get('container') ?? '';
  if (container === '' && containers.length > 1) {
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]`,
    );
  }
  if (container !== '' && !containers.includes(container)) {
    throw badRequest(`container ${container} is not valid for pod ${name}`);
  }
  if (pod.spec.nodeName === undefined) {
    throw badRequest(`pod ${name} does not have a host assigned`);
  }
  const command = query.getAll('command');
  if (command.length === 0)
    throw badRequest('you must specify at least 1 command for the container');
  if (flag(query, 'tty')) throw badRequest('the stand-in cluster offers no terminal');
  const running = () => {
    const kubelet = pods.kubeletOf(pod);
    if (kubelet?.machine.isUp !== true) {
      throw internalError(
        `error dialing backend: dial tcp ${pod.status.hostIP ?? '10.0.0.10'}:10250: connect: no route to host`,
      );
    }
    const found = kubelet.container(pod);
    if (found) return found;
    throw internalError(
      `unable to upgrade connection: container not found ("${container || containers[0]}")`,
    );
  };
  return {
    command,
    stdin: flag(query, 'stdin'),
    stdout: flag(query, 'stdout'),
    stderr: flag(query, 'stderr'),
    check: () => void running(),
    start: async () => await running().exec(command),
  };
}

function flag(query: URLSearchParams, name: string): boolean {
  return ['true', '1'].includes(query.get(name) ?? '');
}
