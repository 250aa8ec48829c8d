import { z } from 'zod';

import type { EncryptionFacts } from '../contracts/cluster-facts.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { readParsed } from './read-parsed.ts';

const apiServerSchema = z.object({
  spec: z.object({ encryption: z.object({ type: z.string().default('') }).optional() }).default({}),
});
const kubeApiServerSchema = z.object({
  status: z
    .object({
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), reason: z.string().optional() }))
        .default([]),
    })
    .default({ conditions: [] }),
});

/**
 * Reads whether etcd's values are encrypted, and how far the migration is. Never a key.
 *
 * @see https://github.com/openshift/api/blob/release-4.16/config/v1/types_apiserver.go
 */
export async function readEncryption(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<EncryptionFacts> {
  const wanted = {
    group: 'config.openshift.io',
    version: 'v1',
    plural: 'apiservers',
    name: 'cluster',
  };
  const found = {
    group: 'operator.openshift.io',
    version: 'v1',
    plural: 'kubeapiservers',
    name: 'cluster',
  };
  const [apiServer, kubeApiServer] = await Promise.all([
    readParsed(api, wanted, apiServerSchema, signal),
    readParsed(api, found, kubeApiServerSchema, signal),
  ]);
  const type = apiServer?.spec.encryption?.type;
  const condition = kubeApiServer?.status.conditions.find((each) => each.type === 'Encrypted');
  return {
    type: type === undefined || type === '' ? 'identity' : type,
    ...(condition === undefined ? {} : { state: condition.reason ?? condition.status }),
  };
}
