import type { Client } from '@temporalio/client';

/** Whatever of the secrets is in a text, as it is or encoded as bytes often are. */
export function foundIn(text: string, secrets: readonly string[]): readonly string[] {
  return secrets.filter((secret) =>
    [secret, encodeURIComponent(secret), ...base64Cores(secret)].some((form) =>
      text.includes(form),
    ),
  );
}

/** What base64 makes of a secret wherever it begins: at each of three alignments, without the edges that others share. */
function base64Cores(secret: string): readonly string[] {
  return [0, 1, 2].map((offset) => base64(`${'x'.repeat(offset)}${secret}`).slice(4, -4));
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Every text and every payload in an answer of Temporal, decoded. */
export function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, inner]) => `${name}=${textOf(inner)}`)
    .join('\n');
}

/** Everything that Temporal keeps of the last run of a cluster, and shows: history, description, memo, queries. */
export async function temporalKeeps(client: Client, cluster = 'demo'): Promise<string> {
  const handle = client.workflow.getHandle(`etcd-backup/${cluster}`);
  const { raw, memo } = await handle.describe();
  const queries = ['status', '__temporal_workflow_metadata'];
  const answers = await Promise.all(
    queries.map(async (query) => JSON.stringify(await handle.query(query))),
  );
  const kept = [await handle.fetchHistory(), raw, memo].map(textOf);
  return [...kept, ...answers].join('\n');
}
