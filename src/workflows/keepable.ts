import type { KeptTake } from '../contracts/index.ts';
import type { TakenSnapshot } from './take-snapshot.ts';
import { execution } from './write-manifest.ts';

/** What a later run would need to go on with these files, should they have to stay on their node. */
export function keepable({
  taken,
  rechecks,
  labels,
}: {
  readonly taken: TakenSnapshot;
  readonly rechecks: KeptTake['rechecks'];
  readonly labels?: Readonly<Record<string, string>>;
}): KeptTake {
  const { context, ...files } = taken;
  const { stores, copies, storePolicies, partSizeBytes } = context.policy;
  return {
    version: 1,
    ...files,
    run: context.run,
    execution: execution(),
    take: context.take,
    policy: {
      stores,
      partSizeBytes,
      ...(copies === undefined ? {} : { copies }),
      ...(storePolicies === undefined ? {} : { storePolicies }),
    },
    rechecks,
    ...(labels === undefined ? {} : { labels }),
  };
}
