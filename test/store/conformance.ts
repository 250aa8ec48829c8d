import { describe } from 'vitest';

import { objectPromises } from './object-promises.ts';
import { processPromises } from './process-promises.ts';
import { StoreBench } from './store-bench.ts';
import type { ConformanceOptions, StoreUnderTest } from './store-bench.ts';
import { uploadPromises } from './upload-promises.ts';

/** The promises of the port `BackupStore`, asked of any adapter. Every test gets an empty store from `makeStore`. */
export function backupStoreConformance(
  name: string,
  makeStore: () => Promise<StoreUnderTest>,
  options: ConformanceOptions = {},
): void {
  describe(`${name}:`, () => {
    const bench = new StoreBench(makeStore, options);
    objectPromises(bench);
    uploadPromises(bench);
    processPromises(bench);
  });
}
