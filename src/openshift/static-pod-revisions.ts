import { z } from 'zod';

import type { ClusterApi } from '../kubernetes/api.ts';
import { readParsed } from './read-parsed.ts';

const schema = z.object({
  status: z.object({ latestAvailableRevision: z.int().optional() }).default({}),
});

/** The operators whose static pods have revisions, by the resource that shows them. */
const operators = { etcd: 'etcds', 'kube-apiserver': 'kubeapiservers' };

/** Reads the newest revision of the static pods, where the API shows one: a restore asks whether they have moved on. */
export async function readStaticPodRevisions(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const revisions = await Promise.all(
    Object.entries(operators).map(async ([name, plural]) => {
      const ref = { group: 'operator.openshift.io', version: 'v1', plural, name: 'cluster' };
      const revision = (await readParsed(api, ref, schema, signal))?.status.latestAvailableRevision;
      return revision === undefined ? [] : [[name, revision] as const];
    }),
  );
  return Object.fromEntries(revisions.flat());
}
