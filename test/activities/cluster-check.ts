import { afterEach, beforeEach, expect } from 'vitest';

import { checkClusterStep } from '../../src/activities/check-cluster.ts';
import type { StepContext } from '../../src/activities/step.ts';
import type { ClusterConfig, Config, SigningConfig } from '../../src/config/config.ts';
import { createResolver } from '../../src/config/resolve.ts';
import type { BackupRequest, ClusterCheck } from '../../src/contracts/index.ts';
import type { ClusterObjects } from '../../src/testing/index.ts';
import type { StepBench } from './step-bench.ts';

/** What differs from a healthy cluster with a plain configuration. */
export interface CheckChanges {
  readonly change?: (objects: ClusterObjects) => void;
  readonly config?: Partial<ClusterConfig>;
  readonly signing?: SigningConfig;
  readonly request?: Partial<BackupRequest>;
  readonly storeHost?: string;
}

/** The cluster's objects as they were, after each test. Pods stay what they are. */
export function restoreObjects(bench: StepBench): void {
  let before: Partial<ClusterObjects> = {};
  beforeEach(() => {
    const { pods: _, ...objects } = bench.cluster.objects;
    before = structuredClone(objects);
  });
  afterEach(() => void Object.assign(bench.cluster.objects, before));
}

/** Checks the cluster with these changes; whatever comes of it, nothing was created. */
export async function check(bench: StepBench, changes: CheckChanges = {}): Promise<ClusterCheck> {
  const { change, storeHost } = changes;
  const { cluster } = bench;
  change?.(cluster.objects);
  const { signing } = changes;
  const config = {
    ...changedConfig(bench.config, changes.config ?? {}),
    ...(signing === undefined ? {} : { signing }),
  };
  const resolver = createResolver(config);
  const context: StepContext = {
    ...bench.context,
    resolver:
      storeHost === undefined
        ? resolver
        : {
            ...resolver,
            storeEndpoint: async () => ({ host: storeHost, evidence: `nfs ${storeHost}:/etcd` }),
          },
  };
  const request = { cluster: 'demo', ...changes.request };
  const before = cluster.requests.length;
  try {
    return await checkClusterStep(config, 1)({ run: bench.input.run, request }, context);
  } finally {
    const methods = cluster.requests.slice(before).map(({ method }) => method);
    expect(methods.filter((method) => method !== 'GET')).toEqual([]);
  }
}

function changedConfig(config: Config, changes: Partial<ClusterConfig>): Config {
  const { demo } = config.clusters;
  if (demo === undefined) throw new Error('no cluster demo');
  return { ...config, clusters: { demo: { ...demo, ...changes } } };
}
