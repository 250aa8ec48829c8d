import type { Namespace } from './cluster-objects.ts';
import type { Faults } from './faults.ts';
import { podBody } from './pod-schema.ts';
import type { PodSpec } from './pod-schema.ts';
import { forbidden } from './status-error.ts';

/**
 * Refuses a privileged pod where the client may not use the security context constraint, or where the namespace enforces
 * another level of Pod Security. OpenShift enforces none where the label is absent.
 *
 * @see https://docs.redhat.com/en/documentation/openshift_container_platform/4.16/html/authentication_and_authorization/managing-pod-security-policies
 * @throws the 403 of the one that refuses
 */
export function admitPod(namespace: Namespace, body: unknown, faults: Faults): void {
  const { metadata, spec } = podBody.safeParse(body).data ?? {};
  const privileged = (spec?.containers ?? []).filter((container) => isPrivileged(container));
  if (privileged.length === 0) return;
  const pod = { group: '', resource: 'pods', name: metadata?.name };
  const { name: namespaceName, labels = {} } = namespace.metadata;
  const use = { verb: 'use', group: 'security.openshift.io', namespace: namespaceName };
  if (faults.denies({ ...use, resource: 'securitycontextconstraints', name: 'privileged' })) {
    throw forbidden(
      pod,
      'unable to validate against any security context constraint: [provider "restricted-v2": .containers[0].privileged: Invalid value: true: Privileged containers are not allowed, provider "privileged": Forbidden: not usable by user or serviceaccount]',
    );
  }
  const level = labels['pod-security.kubernetes.io/enforce'] ?? 'privileged';
  if (level === 'privileged') return;
  const names = privileged.map((container) => `"${container.name}"`).join(', ');
  throw forbidden(
    pod,
    `violates PodSecurity "${level}:latest": privileged (container ${names} must not set securityContext.privileged=true)`,
  );
}

function isPrivileged({ securityContext }: PodSpec['containers'][number]): boolean {
  return securityContext?.privileged === true;
}
