import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const directory = await mkdtemp(join(tmpdir(), 'etcd-backup-cli-'));
afterAll(() => rm(directory, { recursive: true }));

// Port 1 has no Temporal: whatever gets that far would fail otherwise, and later.
const env = {
  PATH: process.env['PATH'],
  HOME: directory,
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  ETCD_BACKUP_CONFIG: '',
};

const etcdBackup = (...argv: string[]) =>
  execa(process.execPath, [main, ...argv], {
    cwd: directory,
    env,
    extendEnv: false,
    reject: false,
  });

async function configured(yaml: string): Promise<string> {
  const file = join(directory, 'some.yaml');
  await writeFile(file, yaml);
  return file;
}

const valid = `clusters:
  prod-eu:
    kubeconfig: { file: kubeconfig }
    stores: { snapshot: primary, staticKubeResources: primary }
stores:
  primary: { directory: backups }
`;

test('--help names the commands, gives examples and explains every exit code', async () => {
  const { stdout, exitCode } = await etcdBackup('--help');
  expect(exitCode).toBe(0);
  for (const words of [
    'worker',
    'run [options] <cluster>',
    'Examples:',
    'Exit codes:',
    '  130  ',
  ]) {
    expect(stdout).toContain(words);
  }
});

test('--version is the version of the package', async () => {
  const { stdout } = await etcdBackup('--version');
  expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
});

test.for([
  ['no command', []],
  ['an unknown command', ['rnu']],
  ['an unknown option', ['run', 'prod-eu', '--confg', 'x']],
  ['no cluster', ['run']],
  ['a cluster that could not be one', ['run', 'Prod_EU']],
  ['a deadline without a unit', ['run', 'prod-eu', '--deadline', '24']],
  ['a deadline of nothing', ['run', 'prod-eu', '--deadline', '0h']],
  ['an override without a reason', ['run', 'prod-eu', '--override', 'operatorsSettled=']],
  ['a label without a value', ['run', 'prod-eu', '--label', 'ticket']],
  ['a UI that is no address', ['run', 'prod-eu', '--ui', 'localhost']],
] as const)('%s is a usage error, said on stderr', async ([, argv]) => {
  const { stdout, stderr, exitCode } = await etcdBackup(...argv);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(stderr).toMatch(/error: |Usage: /);
});

test('a misspelt option is met with the one that was meant', async () => {
  const { stderr } = await etcdBackup('run', 'prod-eu', '--confg', 'x');
  expect(stderr).toContain('Did you mean --config?');
});

test('a worker without a configuration says every place where it looked', async () => {
  const { stderr, exitCode } = await etcdBackup('worker');
  expect(exitCode).toBe(2);
  expect(stderr).toContain(
    'expected a configuration file at --config, the variable ETCD_BACKUP_CONFIG, ./etcd-backup.yaml or /etc/etcd-backup/etcd-backup.yaml, got none',
  );
});

test('a misspelt key is met with its line and the key that was meant', async () => {
  const file = await configured(valid.replace('kubeconfig:', 'kubeconfg:'));
  const { stderr, exitCode } = await etcdBackup('worker', '--config', file);
  expect(exitCode).toBe(2);
  expect(stderr.split('\n')).toContainEqual(
    expect.stringMatching(
      /^\S+some\.yaml:3:5: clusters\.prod-eu\.kubeconfg: .*did you mean kubeconfig\?$/,
    ),
  );
});

test('a cluster that is not in the configuration is refused before anything starts', async () => {
  const file = await configured(valid);
  const { stderr, exitCode } = await etcdBackup('run', 'prod-ue', '--config', file);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(
    '<cluster>: expected a cluster of the configuration, prod-eu, got prod-ue; did you mean prod-eu?',
  );
});

test('the configuration that was asked for must be there', async () => {
  const { stderr, exitCode } = await etcdBackup('run', 'prod-eu', '--config', '/nowhere.yaml');
  expect(exitCode).toBe(2);
  expect(stderr).toContain(
    '/nowhere.yaml: expected a readable configuration file, got no such file',
  );
});

test.for([
  ['usage', 'UsageInvalid', ['run', 'Prod_EU', '--json']],
  ['configuration', 'ConfigInvalid', ['worker', '--config', '/nowhere.yaml', '--json']],
] as const)('with --json an error of %s is one JSON object on stdout', async ([, type, argv]) => {
  const { stdout, exitCode } = await etcdBackup(...argv);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { type, observed: expect.any(String) } });
});

test('a Temporal that does not answer is named with its address, in words of our own', async () => {
  const file = await configured(valid);
  const { stdout, stderr, exitCode } = await etcdBackup('worker', '--config', file, '--json');
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    error: {
      type: 'TemporalUnreachable',
      observed: 'Temporal at 127.0.0.1:1, namespace default does not answer: connection refused',
      nextStep: expect.stringContaining('TEMPORAL_ADDRESS'),
    },
  });
  expect(stderr).not.toMatch(/\n\s+at /);
}, 30_000);

test('a connection profile that cannot be read is an error of configuration that quotes none of it', async () => {
  const profile = join(directory, 'temporal.toml');
  await writeFile(profile, '[profile.default]\napi_key = "canary\n');
  const { all, exitCode } = await execa(process.execPath, [main, 'run', 'prod-eu', '--json'], {
    cwd: directory,
    env: { ...env, TEMPORAL_CONFIG_FILE: profile },
    extendEnv: false,
    reject: false,
    all: true,
  });
  expect(exitCode).toBe(2);
  expect(all).toContain('the connection profile of Temporal cannot be read');
  expect(all).not.toContain('canary');
});
