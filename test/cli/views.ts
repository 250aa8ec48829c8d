import type { Observation, PendingStep, RunView } from '../../src/cli/run-view.ts';
import { nextView } from '../../src/cli/run-view.ts';
import type { ResultOnWire, StatusOnWire } from '../../src/cli/wire-shapes.ts';

/** Noon, and the moment every observation is made unless it says otherwise. */
export const noon = Date.parse('2026-03-01T12:00:00.000Z');

/** `12:00:05` of that day. */
export const at = (seconds: number) => new Date(noon + seconds * 1000).toISOString();

export const done = (step: string, from: number, to: number) => ({
  step,
  state: 'completed' as const,
  scheduledAt: at(from),
  finishedAt: at(to),
});

export const scheduled = (step: string, from: number) => ({
  step,
  state: 'scheduled' as const,
  scheduledAt: at(from),
});

export const pending = (step: string, more: Partial<PendingStep> = {}): PendingStep => ({
  step,
  state: 'started',
  attempt: 1,
  scheduledAt: at(0),
  ...more,
});

export function status(...steps: StatusOnWire['steps'][number][]): StatusOnWire {
  return {
    version: 1,
    id: '20260301T120000Z-k3j9x0q2m1ab',
    cluster: 'prod-eu',
    nodeName: 'master-1',
    steps,
    leftovers: [],
  };
}

export function observed(more: Partial<Observation> = {}): Observation {
  return {
    at: noon,
    workflowId: 'etcd-backup/prod-eu',
    runId: 'run-1',
    open: true,
    startedAt: at(0),
    pending: [],
    ...more,
  };
}

/** The views that a series of observations gives, the last one first in need. */
export function views(...observations: Partial<Observation>[]): RunView[] {
  const seen: RunView[] = [];
  for (const observation of observations) seen.push(nextView(seen.at(-1), observed(observation)));
  return seen;
}

export function view(observation: Partial<Observation>): RunView {
  return nextView(undefined, observed(observation));
}

const snapshot = {
  kind: 'snapshot',
  name: 'snapshot_1.db',
  store: 'primary',
  key: 'prod-eu/1/snapshot_1.db',
  sizeBytes: 1_288_490_188,
  sha256: 'a'.repeat(64),
  storedSizeBytes: 1_288_490_188,
  storedSha256: 'a'.repeat(64),
};

export const result: ResultOnWire = {
  id: '20260301T120000Z-k3j9x0q2m1ab',
  outcome: 'completed',
  cluster: 'prod-eu',
  nodeName: 'master-1',
  openshiftVersion: '4.16.12',
  manifest: { store: 'primary', key: 'prod-eu/1/manifest.json', sha256: 'b'.repeat(64) },
  files: [
    snapshot,
    {
      ...snapshot,
      kind: 'staticKubeResources',
      name: 'static_kuberesources_1.tar.gz',
      store: 'vault',
      key: 'prod-eu/1/static_kuberesources_1.tar.gz',
      sizeBytes: 65_536,
    },
  ],
  verification: [
    { level: 'transport', outcome: 'passed', evidence: 'the store holds what the node had' },
    { level: 'origin', outcome: 'passed', evidence: 'the trailer is the SHA-256 of the rest' },
  ],
  warnings: [],
  leftovers: [],
  startedAt: at(0),
  finishedAt: at(72),
};

export const place = {
  workflowId: 'etcd-backup/prod-eu',
  runId: 'run-1',
  address: 'localhost:7233',
  namespace: 'default',
};
