import { withApi } from './cluster/api.ts';
import { type LabState, readLabState } from './lab-state.ts';
import { isRunning } from './machine/processes.ts';
import { labIsPresent } from './remove-leftovers.ts';
import { waitFor } from './wait-for.ts';

/** What there is of a lab on this machine. */
export type LabHealth =
  | { readonly state: 'up'; readonly note: LabState }
  | { readonly state: 'broken'; readonly observed: string; readonly note?: LabState }
  | { readonly state: 'down'; readonly observed: string };

/** Looks at the lab, and asks its API server whether it is ready. Changes nothing. */
export async function labHealth(): Promise<LabHealth> {
  const note = readLabState();
  if (note === undefined) {
    return (await labIsPresent())
      ? { state: 'broken', observed: 'parts of a node that never came to be' }
      : { state: 'down', observed: 'nothing is there' };
  }
  if (!isRunning(note.keeper)) return { state: 'broken', observed: 'its node has ended', note };
  if (note.phase === 'starting') {
    return { state: 'broken', observed: 'it was not finished, or is being made', note };
  }
  try {
    await apiAnswers();
    return { state: 'up', note };
  } catch (error) {
    return { state: 'broken', observed: error instanceof Error ? error.message : '', note };
  }
}

async function apiAnswers(): Promise<void> {
  await withApi((api) =>
    waitFor({ what: 'API server ready', timeoutMs: 15_000 }, async () => {
      await api.get('/readyz');
    }),
  );
}
