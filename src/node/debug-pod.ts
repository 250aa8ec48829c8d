import { z } from 'zod';

import { failure } from '../contracts/failures.ts';
import type { DebugSession } from '../contracts/run.ts';
import { ownerLabels } from '../kubernetes/labels.ts';
import type { Owner } from '../kubernetes/labels.ts';

/** Whose a debug pod is: always one take's. */
export type DebugPodOwner = Required<Owner>;

/** The debug pod's one container, named as `oc debug` names it. */
export const debugContainer = 'container-00';

/**
 * The pod's manifest: what `oc debug node/<name>` makes, and what that lacks. It is bound to its node without the
 * scheduler, tolerates every taint, has no token of the API, and ends by itself, twice over: its only process sleeps for
 * as long as the pod may live. A process in the host's PID namespace ends on SIGTERM without a handler. No memory limit,
 * because the page cache of what is read through the pod counts against it. Pure.
 *
 * Its annotations are those of `oc debug`, by which an administrator and OpenShift's own checks know a debug pod, in all
 * releases. The label `debug.openshift.io/managed-by` of 4.20 and later says `oc-debug`, and this pod is not oc's: webhooks
 * that change the pods of people must leave it alone.
 *
 * @see https://github.com/openshift/oc/blob/release-4.16/pkg/cli/debug/debug.go
 */
export function debugPod(session: DebugSession, owner: DebugPodOwner): object {
  const { namespace, podName, nodeName, image, activeDeadlineSeconds } = session;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName,
      namespace,
      labels: ownerLabels(owner),
      annotations: {
        // From 4.15 on the constraint is pinned; earlier releases pass over the words.
        'openshift.io/required-scc': 'privileged',
        'debug.openshift.io/source-container': debugContainer,
        'debug.openshift.io/source-resource': `/v1, Resource=nodes/${nodeName}`,
      },
    },
    spec: {
      nodeName,
      hostPID: true,
      hostNetwork: true,
      restartPolicy: 'Never',
      priorityClassName: 'system-node-critical',
      tolerations: [{ operator: 'Exists' }],
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      activeDeadlineSeconds,
      terminationGracePeriodSeconds: 5,
      containers: [
        {
          name: debugContainer,
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sleep', String(activeDeadlineSeconds)],
          securityContext: { privileged: true, runAsUser: 0 },
          resources: { requests: { cpu: '50m', memory: '64Mi' } },
          volumeMounts: [{ name: 'host', mountPath: '/host' }],
        },
      ],
      volumes: [{ name: 'host', hostPath: { path: '/', type: 'Directory' } }],
    },
  };
}

const label63 = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const sessionSchema = z.object({
  namespace: z.string().regex(label63),
  podName: z.string().regex(label63),
  nodeName: z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/),
  image: z.string().regex(/^[\w][\w.:/@-]*$/),
  activeDeadlineSeconds: z.int().positive(),
});

/**
 * Checks a session before it is used: it came from a workflow's history, not from this program.
 *
 * @throws `ConfigInvalid`, not retryable, naming the field
 */
export function checkSession(session: DebugSession): void {
  const { error } = sessionSchema.safeParse(session);
  const issue = error?.issues[0];
  if (issue === undefined) return;
  throw failure('ConfigInvalid', {
    observed: `debug session: ${issue.path.join('.')}: ${issue.message}`,
  });
}
