import { describe, expect, test } from 'vitest';

import { identifyScript } from '../../src/script/identify-script.ts';
import type { FoundScript } from '../../src/script/identify-script.ts';
import { newestProven, releaseNamed, scriptRelease } from '../../src/script/releases.ts';

const directory = '/home/core/assets/backup/0123456789ab-1/backup';
const oldScript = '/usr/local/bin/etcd-snapshot-backup.sh';
const newScript = '/usr/local/bin/cluster-backup.sh';

const contractOf = (version: string) => {
  const proposed = scriptRelease(version);
  if ('refused' in proposed) throw new Error(proposed.refused);
  return proposed;
};

test.each([
  ['4.3.0', '4.3.0'],
  ['4.3.1', '4.3.0'],
  ['4.3.2', '4.3.2'],
  ['4.3.40', '4.3.2'],
  ['4.4.0', '4.4'],
  ['4.5.41', '4.4'],
  ['4.6.0', '4.6'],
  ['4.7.60', '4.6'],
  ['4.8.57', '4.8'],
  ['4.12.77', '4.8'],
  ['4.13.0-rc.2', '4.13'],
  ['4.16.20', '4.13'],
  ['4.20.1', '4.13'],
])('the script of %s keeps the contract of %s', (version, since) => {
  const { release, warnings } = contractOf(version);
  expect(release.since).toBe(since);
  expect(warnings).toEqual(release.warnings);
  expect(releaseNamed(since)).toBe(release);
});

test.each([
  ['4.3.1', [oldScript, directory], [oldScript, directory], 3, false],
  ['4.3.40', [oldScript, directory], [oldScript, directory], 2, false],
  ['4.5.41', [newScript, directory], [newScript, directory], 2, false],
  ['4.7.60', [newScript, directory], [newScript, '--force', directory], 2, false],
  ['4.12.77', [newScript, directory], [newScript, '--force', directory], 2, true],
  ['4.16.20', [newScript, directory], [newScript, '--force', directory], 2, true],
])('%s: what is started, with how much space', (version, argv, forced, peakDisk, status) => {
  const { release } = contractOf(version);
  expect(release.argv(directory, { force: false })).toEqual(argv);
  expect(release.argv(directory, { force: true })).toEqual(forced);
  expect(release.path).toBe(argv[0]);
  expect(release).toMatchObject({ peakDisk, statusPromised: status });
});

const saved = 'snapshot db and kube resources are successfully saved to';
const combined = 'snapshot_db_kuberesources_2020-01-28_120000.tar.gz';

test.each([
  ['4.3.1', `${saved} ${directory}/${combined}!`],
  ['4.3.40', `${saved} ${directory}!`],
  ['4.5.41', `${saved} ${directory}`],
  ['4.16.20', `${saved} ${directory}`],
])('%s says of success what no other does', (version, line) => {
  const { release } = contractOf(version);
  expect(release.isSuccessLine(line, directory)).toBe(true);
  const others = [`${line}!`, `${line}x`, ` ${line}`, line.slice(0, -1), `${saved} /elsewhere`];
  expect(others.filter((other) => release.isSuccessLine(other, directory))).toEqual([]);
});

test('a version newer than all known ones goes by the newest contract, and says so', () => {
  const [major = 0, minor = 0] = newestProven.split('.').map(Number);
  const next = `${major}.${minor + 1}.0`;
  for (const version of [next, '5.0.1']) {
    const { release, warnings } = contractOf(version);
    expect(release.since).toBe('4.13');
    expect(warnings).toEqual([expect.stringContaining(`${version} is newer than ${newestProven}`)]);
  }
});

test.each([
  ['4.1.41', /name of one file/],
  ['4.2.36', /saves no static kube resources/],
  ['3.11.0', /has no backup script/],
  ['latest', /is no OpenShift version/],
])('%s is refused, with the reason', (version, reason) => {
  expect(scriptRelease(version)).toEqual({ refused: expect.stringMatching(reason) });
});

describe('the script found on the node', () => {
  const script = (path: string, ...marks: FoundScript['marks']): FoundScript => ({
    path,
    sha256: 'a'.repeat(64),
    marks,
  });
  const scripts = {
    '4.3.0': script(oldScript, 'combined'),
    '4.3.2': script(oldScript, 'separate'),
    '4.4': script(newScript, 'separate'),
    '4.6': script(newScript, 'separate', 'force'),
    '4.8': script(newScript, 'separate', 'force', 'status'),
    '4.2': script(oldScript),
    other: script(newScript),
  };
  const identify = (found: keyof typeof scripts, proposed?: string, openshiftVersion?: string) =>
    identifyScript([scripts[found]], { proposed, openshiftVersion }, { node: 'master-0' });

  test.each([
    ['4.3.0', '4.3.1', '4.3.0'],
    ['4.3.2', '4.3.40', '4.3.2'],
    ['4.4', '4.5.41', '4.4'],
    ['4.6', '4.6.12', '4.6'],
    ['4.8', '4.7.60', '4.6'],
    ['4.8', '4.8.57', '4.8'],
    ['4.8', '4.16.20', '4.13'],
  ] as const)('like that of %s is what %s promises', (found, proposed, since) => {
    const { release, script, warnings } = identify(found, proposed);
    expect(release.since).toBe(since);
    expect(script).toBe(scripts[found]);
    expect(warnings).toEqual(release.warnings);
  });

  test.each([
    ['4.3.2', '4.3.1', '4.3.2'],
    ['4.3.0', '4.3.40', '4.3.0'],
    ['4.3.2', '4.4.0', '4.3.2'],
    ['4.4', '4.3.40', '4.4'],
    ['4.4', '4.6.1', '4.4'],
    ['4.6', '4.16.20', '4.6'],
    ['4.3.0', '4.2.36', '4.3.0'],
  ] as const)('like that of %s holds against %s, with a warning', (found, proposed, since) => {
    const { release, warnings } = identify(found, proposed);
    expect(release.since).toBe(since);
    expect(warnings).toContainEqual(
      expect.stringContaining(`behaves like that of ${since}, OpenShift ${proposed} promises`),
    );
  });

  test.each([
    ['4.3.2', '4.3', '4.3.2'],
    ['4.4', '4.5', '4.4'],
    ['4.8', '4.16', '4.13'],
    ['4.8', undefined, '4.13'],
  ] as const)('like that of %s is enough where the API is away', (found, os, since) => {
    const { release, warnings } = identify(found, undefined, os);
    expect(release.since).toBe(since);
    expect(warnings).toEqual(release.warnings);
  });

  test('of a version newer than all known ones is told as such', () => {
    const { release, warnings } = identify('4.8', '4.99.0');
    expect(release.since).toBe('4.13');
    expect(warnings).toEqual([expect.stringContaining('4.99.0 is newer than')]);
  });

  test('that is not recognised goes by what the version promises, with a warning', () => {
    const { release, warnings } = identify('other', '4.16.20');
    expect(release.since).toBe('4.13');
    expect(warnings).toEqual([expect.stringContaining('none of the known releases')]);
  });

  test('is the one that the version promises where both are there', () => {
    const found = [scripts['4.3.2'], scripts['4.4']];
    const where = { node: 'master-0' };
    for (const [proposed, path] of [
      ['4.3.40', oldScript],
      ['4.5.41', newScript],
      [undefined, newScript],
    ] as const) {
      expect(identifyScript(found, { proposed }, where).script.path).toBe(path);
    }
  });

  test.each([
    ['of 4.2 writes no backup', [scripts['4.2']], '4.2.36', /none of the known.*one file/],
    ['of 4.2 is not made fit by another version', [scripts['4.2']], '4.3.40', /none of the known/],
    ['missing is told with both names', [], '4.16.20', /neither .*etcd-snapshot.* nor .*cluster-b/],
    ['missing in 4.1 is told with the reason', [], '4.1.41', /neither .*one file/],
  ])('%s', (_, found, proposed, message) => {
    expect(() => identifyScript(found, { proposed }, { node: 'master-0' })).toThrow(
      expect.objectContaining({
        type: 'ScriptMissing',
        nonRetryable: true,
        message: expect.stringMatching(message),
      }),
    );
  });
});
