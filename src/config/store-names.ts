import { z } from 'zod';

import { describeValue } from './describe-value.ts';
import { problem } from './problems.ts';
import type { DataProblem } from './problems.ts';
import { suggest } from './suggest.ts';

// Whatever is not of this shape is a problem that the schema itself reports.
const names = z.record(z.string(), z.unknown()).catch({});
const shape = z
  .object({
    stores: names,
    clusters: z
      .record(
        z.string(),
        z
          .object({ stores: names, copies: z.array(names).catch([]) })
          .catch({ stores: {}, copies: [] }),
      )
      .catch({}),
  })
  .catch({ stores: {}, clusters: {} });

/** The stores that clusters name and nobody describes. Apart from the schema, so that it finds them among other problems. */
export function unknownStores(data: unknown): DataProblem[] {
  const { stores, clusters } = shape.parse(data);
  const known = Object.keys(stores);
  const expected = known.length === 0 ? 'a name that stands under stores' : known.join(' or ');
  return Object.entries(clusters)
    .flatMap(([cluster, { stores: named, copies }]) => [
      { path: ['clusters', cluster, 'stores'], named },
      ...copies.map((copy, index) => ({
        path: ['clusters', cluster, 'copies', index],
        named: copy,
      })),
    ])
    .flatMap(({ path, named }) =>
      Object.entries(named)
        .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
        .filter(([kind, name]) => kinds.has(kind) && !known.includes(name))
        .map(([kind, name]) =>
          problem([...path, kind], 'value', expected, describeValue(name), suggest(name, known)),
        ),
    );
}

const kinds: ReadonlySet<string> = new Set(['snapshot', 'staticKubeResources']);
