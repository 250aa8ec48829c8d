import type { CertificateSigningRequest } from './cluster-objects.ts';
import { kubeTime, newMeta, ResourceVersions } from './object-meta.ts';

/** A pending request of a node's kubelet for a certificate: push it into `objects.certificateSigningRequests`. */
export function nodeCertificateRequest(
  nodeName: string,
  signer: 'kube-apiserver-client-kubelet' | 'kubelet-serving' = 'kube-apiserver-client-kubelet',
): CertificateSigningRequest {
  const name = `csr-${nodeName}`;
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: newMeta(new ResourceVersions(), { name, creationTimestamp: kubeTime(new Date()) }),
    spec: {
      request: '',
      signerName: `kubernetes.io/${signer}`,
      usages: ['digital signature', signer === 'kubelet-serving' ? 'server auth' : 'client auth'],
      username: `system:node:${nodeName}`,
      groups: ['system:nodes', 'system:authenticated'],
    },
    status: {},
  };
}
