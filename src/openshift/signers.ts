import { X509Certificate } from 'node:crypto';

import { z } from 'zod';

import type { CertificateFacts } from '../contracts/cluster-facts.ts';
import { failure } from '../contracts/failures.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { readParsed } from './read-parsed.ts';

const schema = z.object({ data: z.record(z.string(), z.string()).default({}) });

const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads the public certificates of those who sign the cluster's node certificates, from ConfigMap
 * `openshift-config-managed/csr-controller-ca`; `undefined` where there is no such ConfigMap. No Secret is read.
 *
 * @throws `GuardRefused`, not retryable, where something in it is no certificate
 * @see https://github.com/openshift/cluster-kube-controller-manager-operator/blob/release-4.16/pkg/operator/resourcesynccontroller/resourcesynccontroller.go
 */
export async function readSigners(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<readonly CertificateFacts[] | undefined> {
  const ref = {
    group: '',
    version: 'v1',
    namespace: 'openshift-config-managed',
    plural: 'configmaps',
    name: 'csr-controller-ca',
  };
  const bundle = (await readParsed(api, ref, schema, signal))?.data['ca-bundle.crt'];
  return bundle?.match(pem)?.map(certificateFacts) ?? (bundle === undefined ? undefined : []);
}

function certificateFacts(text: string): CertificateFacts {
  try {
    const certificate = new X509Certificate(text);
    return {
      subject: certificate.subject.replaceAll('\n', ', '),
      notBefore: certificate.validFromDate.toISOString(),
      notAfter: certificate.validToDate.toISOString(),
      sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    };
  } catch {
    throw failure('GuardRefused', {
      observed: 'configmaps/csr-controller-ca is not as OpenShift documents it: no certificate',
      nextStep: 'Check that this is an OpenShift 4 cluster and that its API is whole.',
    });
  }
}
