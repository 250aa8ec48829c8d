import { storesOf } from '../contracts/index.ts';
import { s3PartLimits } from '../store/s3-uploads.ts';
import type { Config } from './config.ts';
import { problem } from './problems.ts';
import type { DataProblem } from './problems.ts';

/** The clusters whose files would be cut into smaller parts than one of their stores takes. */
export function smallParts({ clusters, stores }: Config): DataProblem[] {
  return Object.entries(clusters).flatMap(([cluster, { partSizeBytes, ...named }]) => {
    if (partSizeBytes >= s3PartLimits.leastBytes) return [];
    const bucket = storesOf(named).find((name) => {
      const store = Object.hasOwn(stores, name) ? stores[name] : undefined;
      return store !== undefined && 's3' in store;
    });
    if (bucket === undefined) return [];
    const path = ['clusters', cluster, 'partSize'];
    const expected = `at least 5MiB, because store ${bucket} is s3`;
    return [problem(path, 'value', expected, `${partSizeBytes / 1024}KiB`)];
  });
}
