import { createHash } from 'node:crypto';

/**
 * kube-apiserver's encryption config with these keys, the first of which writes. The keys are no secrets: each is made from
 * its name.
 *
 * @see https://github.com/openshift/library-go/blob/release-4.16/pkg/operator/encryption/state/helpers.go
 */
export function encryptionConfig(keyNames: readonly string[]): string {
  const providers = [
    ...keyNames.map((name) => ({ aescbc: { keys: [{ name, secret: secretOf(name) }] } })),
    { identity: {} },
  ];
  return JSON.stringify({
    kind: 'EncryptionConfiguration',
    apiVersion: 'apiserver.config.k8s.io/v1',
    resources: ['configmaps', 'secrets'].map((resource) => ({ resources: [resource], providers })),
  });
}

function secretOf(name: string): string {
  return createHash('sha256').update(`stand-in key ${name}`).digest('base64');
}
