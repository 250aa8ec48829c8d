import { failure } from '../contracts/failures.ts';
import type { ClusterConfig, Config, StoreConfig } from './config.ts';

/**
 * What this worker knows about a cluster.
 *
 * @throws `ClusterNotConfigured`, retryable: another worker of the queue may know it
 */
export function clusterConfig(config: Config, name: string): ClusterConfig {
  const cluster = own(config.clusters, name);
  if (cluster !== undefined) return cluster;
  throw failure('ClusterNotConfigured', {
    observed: `the worker's configuration has no cluster ${name}, only ${listed(config.clusters)}`,
  });
}

/**
 * What this worker knows about a store.
 *
 * @throws `StoreUnavailable`, retryable: the run's policy came from another worker, which has the store
 */
export function storeConfig(config: Config, name: string): StoreConfig {
  const store = own(config.stores, name);
  if (store !== undefined) return store;
  throw failure('StoreUnavailable', {
    observed: `the worker's configuration has no store ${name}, only ${listed(config.stores)}`,
    nextStep:
      'Give all workers of this task queue the same stores; a live run goes on by itself then.',
  });
}

// `constructor` and its like are names that every object answers to.
function own<T>(entries: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

function listed(entries: Readonly<Record<string, unknown>>): string {
  return Object.keys(entries).join(', ') || 'none';
}
