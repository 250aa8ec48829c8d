import type { Manifest } from '../contracts/index.ts';

/** What a person types to restore a backup, and what they must know before. Pure. */
export function restoreSteps({ files, restore }: Manifest): readonly string[] {
  const { script, sameVersion, initialCluster } = restore;
  const opened = files.filter(({ sha256, storedSha256 }) => sha256 !== storedSha256);
  // The script of 4.3.0 and 4.3.1 is given its file.
  const combined = files.find(({ kind }) => kind === 'combined');
  const from = combined === undefined ? directory : `${directory}/${combined.name}`;
  return [
    `only on OpenShift ${sameVersion}, by Red Hat's procedure for that version; docs/backup-format.md has the rest`,
    ...(opened.length === 0
      ? []
      : [`open first: ${opened.map(({ key }) => key.split('/').at(-1)).join(', ')}`]),
    'on the recovery node, the files alone in one directory:',
    `  cd ${directory}`,
    ...files.map(({ name, sha256 }) => `  echo '${sha256}  ${name}' | sha256sum -c`),
    `  sudo -E ${script} ${from}${initialCluster === undefined ? '' : ` ${initialCluster}`}`,
  ];
}

const directory = '/home/core/assets/backup';
