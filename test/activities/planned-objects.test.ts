import { expect, test } from 'vitest';

import { plannedName, plannedObjects } from '../../src/activities/planned-objects.ts';
import { scriptReleases } from '../../src/script/releases.ts';

const kinds = ['snapshot', 'staticKubeResources', 'combined'] as const;
const stores = { snapshot: 'primary', staticKubeResources: 'vault' };
const releases = scriptReleases.map((release) => [release.since, release] as const);

test.for(releases)(
  'the planned names of %s are those that its script gives',
  ([, { artefacts, supportsForce }]) => {
    for (const kind of kinds.filter((each) => artefacts[each] !== undefined)) {
      const suffixes = supportsForce && kind !== 'combined' ? ['', '__POSSIBLY_DIRTY__'] : [''];
      for (const suffix of suffixes) {
        const name = plannedName(kind, suffix).replace('<time>', '2026-03-01_120000');
        expect(name).toMatch(artefacts[kind] ?? /never/);
      }
    }
  },
);

test.for(releases)(
  'of %s one object of each file is planned, and a manifest in each store',
  ([, release]) => {
    const objects = plannedObjects('demo', { stores, forceScript: false }, release);
    const files = kinds.filter((each) => release.artefacts[each] !== undefined);
    expect(objects.map(({ kind }) => kind)).toEqual([...files, 'manifest', 'manifest']);
    const manifests = objects.filter(({ kind }) => kind === 'manifest');
    expect(manifests.map(({ store }) => store)).toEqual(['primary', 'vault']);
  },
);

test('what a store seals or compresses is planned under the name that it will have', () => {
  const release = scriptReleases.find(({ artefacts }) => artefacts.snapshot !== undefined);
  const storePolicies = {
    primary: { compression: 'zstd', recipients: ['age1'] },
    vault: { compression: 'zstd' },
    second: { recipients: ['age1'] },
  } as const;
  const copies = [{ snapshot: 'vault', staticKubeResources: 'second' }];
  const policy = { stores, copies, storePolicies, forceScript: false };
  const keys = plannedObjects('demo', policy, release!).map(({ store, key }) =>
    [store, key.replace(/^.*\//, '')].join(' '),
  );
  expect(keys.slice(0, 4)).toEqual([
    'primary snapshot_<time>.db.zst.age',
    'vault snapshot_<time>.db.zst',
    'vault static_kuberesources_<time>.tar.gz',
    'second static_kuberesources_<time>.tar.gz.age',
  ]);
});
