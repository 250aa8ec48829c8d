import type { TemporalAddress } from './connect-temporal.ts';

/** Which run it is, in the words of Temporal. */
export interface RunPlace {
  readonly workflowId: string;
  readonly runId: string;
  readonly address: string;
  readonly namespace: string;
  /** A link, where the address of a UI is known. */
  readonly link?: string;
}

/** Where a run can be watched and found again. */
export function runPlace(
  run: { readonly workflowId: string; readonly runId: string },
  { address, namespace }: Pick<TemporalAddress, 'address' | 'namespace'>,
  ui: string | undefined,
): RunPlace {
  const { workflowId, runId } = run;
  const base = ui ?? (cloud.test(address) ? 'https://cloud.temporal.io' : undefined);
  const path = `namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
  const link = base === undefined ? {} : { link: `${base}/${path}` };
  return { workflowId, runId, address, namespace, ...link };
}

/** The place in words. */
export function placeText({ workflowId, runId, address, namespace, link }: RunPlace): string {
  const ids = `workflow ${workflowId}, run ${runId}, namespace ${namespace}, Temporal at ${address}`;
  return link === undefined ? ids : `${ids}\n${link}`;
}

/** @see https://docs.temporal.io/cloud/namespaces#access-namespaces */
const cloud = /\.(tmprl\.cloud|api\.temporal\.io)(:\d+)?$/;
