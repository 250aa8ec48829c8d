import { setTimeout as delay } from 'node:timers/promises';

import type { Lab } from '../lab/index.ts';
import { openEtcdGateway } from './etcd-gateway.ts';
import { percentile } from './statistics.ts';

/** Writes small keys into the live etcd, one after the other, and notes how long each took. */
export interface PutLatency extends AsyncDisposable {
  /** The latency that 99 of 100 writes between these two moments did not exceed, in milliseconds. */
  p99Ms(from: number, to: number): number;
}

/** A cluster's own writes are about this big: a lease, an event, the status of a pod. */
const value = 'x'.repeat(512);
const pauseMs = 2;

/** Begins to write; moments are in milliseconds since the epoch. */
export function startPutLatency(lab: Lab): PutLatency {
  const gateway = openEtcdGateway(lab);
  const stopping = new AbortController();
  const writes: { readonly at: number; readonly ms: number }[] = [];
  const writing = (async () => {
    for (let number = 0; !stopping.signal.aborted; number++) {
      const at = Date.now();
      const began = performance.now();
      await gateway.put([{ key: `/openshift.io/latency/${number % 100}`, value }]);
      writes.push({ at, ms: performance.now() - began });
      await delay(pauseMs);
    }
  })();
  writing.catch(() => {});
  return {
    p99Ms(from, to) {
      const within = writes.filter(({ at }) => at >= from && at <= to);
      return percentile(
        within.map(({ ms }) => ms),
        99,
      );
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await writing.finally(() => gateway[Symbol.dispose]());
    },
  };
}
