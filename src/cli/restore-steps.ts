import type { Manifest, StoredFile } from '../contracts/index.ts';

/**
 * What a person types to restore a backup, and what they must know before. A file that several stores have comes from the one that
 * stands first among `stores`; where none of them has it, from the one that the manifest names first. Pure.
 */
export function restoreSteps(
  { files, restore }: Manifest,
  stores: readonly string[],
): readonly string[] {
  const { script, sameVersion, initialCluster } = restore;
  const sources = [...Map.groupBy(files, ({ name }) => name).values()].map((copies) =>
    copies.toSorted((a, b) => rank(stores, a) - rank(stores, b)),
  );
  const chosen = sources.flatMap(([first]) => first ?? []);
  const opening = chosen.flatMap(openingSteps);
  // The script of 4.3.0 and 4.3.1 is given its file.
  const combined = chosen.find(({ kind }) => kind === 'combined');
  const from = combined === undefined ? directory : `${directory}/${combined.name}`;
  return [
    `only on OpenShift ${sameVersion}, by Red Hat's procedure for that version; docs/backup-format.md has the rest`,
    'fetch from the stores:',
    ...sources.flatMap((copies) =>
      copies.map(({ store, key }, index) => `  ${index === 0 ? '' : 'or from '}${store}: ${key}`),
    ),
    ...(opening.length === 0 ? [] : ['open first, see docs/encryption.md:', ...opening]),
    'on the recovery node, the files alone in one directory:',
    `  cd ${directory}`,
    ...chosen.map(({ name, sha256 }) => `  echo '${sha256}  ${name}' | sha256sum -c`),
    `  sudo -E ${script} ${from}${initialCluster === undefined ? '' : ` ${initialCluster}`}`,
  ];
}

const directory = '/home/core/assets/backup';

function rank(stores: readonly string[], { store }: StoredFile): number {
  const index = stores.indexOf(store);
  return index === -1 ? stores.length : index;
}

/** What makes of the object that is stored the file that the node had. */
function openingSteps({ key, name, compression, recipients }: StoredFile): readonly string[] {
  const object = key.slice(key.lastIndexOf('/') + 1);
  const packed = compression === undefined ? name : `${name}.zst`;
  return [
    ...(recipients === undefined ? [] : [`  age -d -i <identity> -o ${packed} ${object}`]),
    ...(compression === undefined ? [] : [`  zstd -d ${packed}`]),
  ];
}
