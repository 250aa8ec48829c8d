import { execa } from 'execa';
import { describe, expect, test } from 'vitest';

import { manual } from '../../src/cli/manual.ts';
import type { ManualOptions } from '../../src/cli/manual.ts';
import { planOf } from './plans.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const directory = '/home/core/assets/backup/manual-20260301T120000Z';
const procedure = (plan: ManualOptions['plan'], options: Partial<ManualOptions> = {}) =>
  manual({ plan, backupDirectory: '/home/core/assets/backup', now, ...options }) ??
  expect.unreachable('there is a procedure');

describe('the procedure by hand', () => {
  test.for([
    [
      '4.3.1',
      '/usr/local/bin/etcd-snapshot-backup.sh',
      'sha256sum snapshot_db_kuberesources_*.tar.gz',
    ],
    [
      '4.3.40',
      '/usr/local/bin/etcd-snapshot-backup.sh',
      'sha256sum snapshot_*.db static_kuberesources_*.tar.gz',
    ],
    [
      '4.5.0',
      '/usr/local/bin/cluster-backup.sh',
      'sha256sum snapshot_*.db static_kuberesources_*.tar.gz',
    ],
    [
      '4.16.20',
      '/usr/local/bin/cluster-backup.sh',
      'sha256sum snapshot_*.db static_kuberesources_*.tar.gz',
    ],
  ] as const)(
    'of %s calls its script, into a directory of its own, and fetches exactly its files',
    ([version, script, digests]) => {
      const text = procedure(planOf(version));
      expect(text).toContain(`${script} ${directory}/backup; echo $?`);
      expect(text).toContain(`mkdir -p ${directory}/backup && cd ${directory}`);
      expect(text).toContain(digests);
      expect(text).toContain(`rm -rf ${directory}`);
    },
  );

  test('names the download that 4.3.0 and 4.3.1 need', () => {
    expect(procedure(planOf('4.3.0'))).toContain('storage.googleapis.com');
  });

  test('asks for the variables of a proxy, and has none of their values', () => {
    const text = procedure(planOf('4.16.20', { proxyEnabled: true }));
    expect(text).toContain("oc get proxy cluster -o jsonpath='{.status.httpProxy}");
    expect(text).toContain('read -rs HTTP_PROXY; read -rs HTTPS_PROXY; read -rs NO_PROXY;');
    expect(text).toContain(',localhost,127.0.0.1"');
    expect(text).toContain('no_proxy="$NO_PROXY"');
    expect(procedure(planOf('4.16.20'))).not.toContain('PROXY');
  });

  test('keeps the keys of an encrypted etcd apart from the snapshot', () => {
    const text = procedure(planOf('4.16.20', { encryption: { type: 'aescbc' } }));
    expect(text).toMatch(/static_kuberesources_\*\.tar\.gz +goes where store vault is/);
    expect(text).toContain('keep it apart from the snapshot, but never lose it');
  });

  test('copies with oc exec and compares digests, never with oc cp', () => {
    const text = procedure(planOf('4.16.20'));
    const commands = text.split('\n').filter((line) => !line.startsWith('#'));
    expect(commands.join('\n')).toContain('oc exec -n "$namespace" "$pod" -- chroot /host cat');
    expect(commands.join('\n')).toContain('sha256sum -c SHA256SUMS');
    expect(commands.join('\n')).not.toContain('oc cp');
  });

  test('goes over ssh where the configuration does', () => {
    const hosts = { 'master-0': '10.0.0.7' };
    const text = procedure(planOf('4.16.20', { access: 'ssh' }), { ssh: { user: 'ops', hosts } });
    expect(text).toContain('ssh ops@10.0.0.7\nsudo -i');
    expect(text).toContain(`ssh ops@10.0.0.7 "sudo -n cat '${directory}/backup/$file'" > "$file"`);
    expect(text).not.toMatch(/oc (debug|exec)/);
  });

  test('says first what the check refuses', () => {
    const guards = [
      { guard: 'operatorsSettled', outcome: 'refused', evidence: 'progressing: etcd' },
    ] as const;
    const text = procedure(planOf('4.16.20', { outcome: 'refused', guards }));
    expect(text.split('\n')[3]).toBe('# NOT NOW, says the check:');
    expect(text.split('\n')[4]).toBe('#   operatorsSettled: progressing: etcd');
  });

  test.for(['debugPod', 'ssh', 'local'] as const)(
    'is a shell script in form, for access %s',
    async (access) => {
      const text = procedure(planOf('4.16.20', { access, proxyEnabled: true }));
      const { exitCode, stderr } = await execa('bash', ['-n'], { input: text, reject: false });
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    },
  );

  test('is not there for a release whose script is not known', () => {
    const plan = planOf('4.2.0');
    expect(manual({ plan, backupDirectory: '/home/core/assets/backup', now })).toBeUndefined();
  });
});
