import { passed, refused } from './guard.ts';
import type { Guard } from './guard.ts';

/**
 * The namespace of the debug pod is there and lets privileged pods in.
 *
 * @see https://docs.redhat.com/en/documentation/openshift_container_platform/4.16/html/authentication_and_authorization/understanding-and-managing-pod-security-admission
 */
export const debugNamespace: Guard = ({ observed, settings }) => {
  if (settings.access !== 'debugPod') return passed(`access ${settings.access} needs no debug pod`);
  const { name, exists, isTerminating, enforces, keepsLabels } = observed.namespace;
  if (!exists) return refused(`namespace ${name} is not there`);
  if (isTerminating) return refused(`namespace ${name} is being deleted`);
  if (enforces !== undefined && enforces !== 'privileged') {
    return refused(`namespace ${name} enforces Pod Security ${enforces}, expected privileged`);
  }
  const advice = keepsLabels
    ? ''
    : '; advised: label it security.openshift.io/scc.podSecurityLabelSync=false';
  return passed(`namespace ${name} enforces ${enforces ?? 'no Pod Security level'}${advice}`);
};
