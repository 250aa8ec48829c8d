import type { WorkflowHandle } from '@temporalio/client';

/** All the words of a run's history, payloads decoded: what anybody with access to the namespace can read. */
export async function historyText(handle: WorkflowHandle): Promise<string> {
  return wordsOf(await handle.fetchHistory()).join('\n');
}

function wordsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString()];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...wordsOf(inner)]);
}
