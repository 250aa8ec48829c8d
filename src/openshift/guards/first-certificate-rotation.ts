import type { CertificateFacts } from '../../contracts/cluster-facts.ts';
import { notEvaluated, overridden, passed, refused, waiting } from './guard.ts';
import type { Guard } from './guard.ts';

const dayMs = 24 * 60 * 60_000;
/** The signers do not rotate to the second: how often a run looks again, and for how long it hopes. */
const lookAgainMs = 10 * 60_000;
const hopeMs = dayMs;

/**
 * The certificates that the installer made have been rotated once: a backup of an earlier time restores a cluster whose
 * certificates have expired. That is so 24 hours after the installation began, when a current signer of node certificates
 * began after it and lasts longer than the installer's day.
 *
 * @see https://docs.redhat.com/en/documentation/openshift_container_platform/4.3/html/backup_and_restore/backing-up-etcd
 * @see https://github.com/openshift/cluster-kube-controller-manager-operator/blob/release-4.16/pkg/operator/certrotationcontroller/certrotationcontroller.go
 */
export const firstCertificateRotation: Guard = ({ observed, settings, now }) => {
  const { installedAt } = observed.version;
  const dueAt = new Date(installedAt.getTime() + dayMs);
  if (now < dueAt) {
    const evidence = `installed at ${installedAt.toISOString()}, not 24 hours ago`;
    return early(settings.beforeFirstCertificateRotation, evidence, dueAt);
  }
  const { signers } = observed;
  if (signers === undefined) {
    return notEvaluated('openshift-config-managed has no ConfigMap csr-controller-ca');
  }
  const rotated = signers.find((signer) => isRotated(signer, installedAt, now));
  if (rotated !== undefined) {
    return passed(`${rotated.subject}, from ${rotated.notBefore} to ${rotated.notAfter}`);
  }
  const evidence = `installed at ${installedAt.toISOString()}, and no current signer of node certificates began after that and lasts longer than 24 hours`;
  const hope = now.getTime() < dueAt.getTime() + hopeMs;
  const again = hope ? new Date(now.getTime() + lookAgainMs) : undefined;
  return early(settings.beforeFirstCertificateRotation, evidence, again);
};

function early(
  setting: 'refuse' | 'wait' | 'override',
  evidence: string,
  until: Date | undefined,
): ReturnType<Guard> {
  if (setting === 'override') {
    return overridden(
      `${evidence}; the configuration says beforeFirstCertificateRotation: override`,
    );
  }
  return setting === 'wait' && until !== undefined
    ? waiting(evidence, until)
    : refused(evidence, until);
}

function isRotated(
  { notBefore, notAfter }: CertificateFacts,
  installedAt: Date,
  now: Date,
): boolean {
  const [begins, ends] = [Date.parse(notBefore), Date.parse(notAfter)];
  return (
    begins <= now.getTime() &&
    now.getTime() < ends &&
    begins > installedAt.getTime() &&
    ends - begins > dayMs
  );
}
