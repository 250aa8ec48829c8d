import { z } from 'zod';

import type { EncryptionFacts } from '../contracts/cluster-facts.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { findCondition } from './conditions.ts';
import type { OperatorConfig } from './operator-config.ts';
import { readParsed } from './read-parsed.ts';

const schema = z.object({
  spec: z.object({ encryption: z.object({ type: z.string().default('') }).optional() }).default({}),
});

/**
 * Reads from `apiservers/cluster` how etcd's values shall be encrypted: `identity` where not at all. Never a key.
 *
 * @see https://github.com/openshift/api/blob/release-4.16/config/v1/types_apiserver.go
 */
export async function readEncryptionType(api: ClusterApi, signal: AbortSignal): Promise<string> {
  const ref = {
    group: 'config.openshift.io',
    version: 'v1',
    plural: 'apiservers',
    name: 'cluster',
  };
  const apiServer = await readParsed(api, ref, schema, signal);
  return apiServer?.spec.encryption?.type || 'identity';
}

/**
 * Encryption as it is asked for, and as kube-apiserver's operator says it is.
 *
 * @see https://github.com/openshift/library-go/blob/0045765c004ef788d6b2da05dba7704612434a2e/pkg/operator/encryption/controllers/condition_controller.go
 */
export function encryptionFacts(
  type: string,
  kubeApiServer: OperatorConfig | undefined,
): EncryptionFacts {
  const condition = findCondition(kubeApiServer?.conditions ?? [], 'Encrypted');
  return {
    type,
    ...(condition === undefined ? {} : { state: condition.reason ?? condition.status }),
  };
}

const plainStates: ReadonlySet<string | undefined> = new Set([
  undefined,
  'False',
  'EncryptionDisabled',
  'DecryptionCompleted',
]);

/** Whether some values in etcd are, or are about to be, encrypted: then a restore needs keys. */
export function isEncrypted({ type, state }: EncryptionFacts): boolean {
  return type !== 'identity' || !plainStates.has(state);
}
