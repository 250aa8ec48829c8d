import { chmod } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';
import { expect, test, vi } from 'vitest';

import { scratchRepository, type Running, type ScratchRepository } from './scratch-repository.ts';

/** A clone whose only command, `run`, starts that program and needs no tool. */
async function repositoryWith(program: string): Promise<ScratchRepository> {
  const repository = await scratchRepository();
  const commands = `
    export const commands = { run: { program: ['program.ts'], tools: () => [] } };
    export const setupNames = [];
    export const labProblem = () => undefined;
    export const toolsFor = () => [];`;
  await repository.write('tools/commands.mjs', commands);
  await repository.write('program.ts', program);
  return repository;
}

const countsSignals = `
  let signals = 0;
  const onSignal = () => {
    signals += 1;
    console.log('told');
    // Its cleanup, long enough for an echo of the signal to arrive.
    if (signals === 1) setTimeout(() => { console.log('cleaned up'); process.exit(7); }, 1000);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  setInterval(() => {}, 1000);
  console.log('started');`;

/** Resolves once the program has said the word. */
function said(running: Pick<Running, 'stdout'>, word: string): Promise<void> {
  return new Promise((resolve) => {
    running.stdout.on('data', (data) => String(data).includes(word) && resolve());
  });
}

test('stdout belongs to the program alone, and its exit code is the command’s', async () => {
  const repository = await repositoryWith(`
    console.log(JSON.stringify(process.argv.slice(2)));
    process.exitCode = 4;`);
  await repository.putOnPath('npm', 'echo from npm');
  await repository.write('node_modules/.package-lock.json', '');

  const { stdout, exitCode } = await repository.start('run', '--once', '--json');
  expect({ stdout, exitCode }).toEqual({ stdout: '["--once","--json"]', exitCode: 4 });
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s for the whole group reaches the program once, and its cleanup is awaited',
  async (signal) => {
    const running = (await repositoryWith(countsSignals)).start('run');
    await said(running, 'started');
    if (running.pid === undefined) throw new Error('the launcher did not start');
    process.kill(-running.pid, signal);
    await said(running, 'told');
    process.kill(-running.pid, signal);

    const { stdout, exitCode } = await running;
    expect({ stdout, exitCode }).toEqual({ stdout: 'started\ntold\ncleaned up', exitCode: 7 });
  },
);

// util-linux gives a program a terminal of its own; elsewhere `script` takes other arguments.
test.runIf(process.platform === 'linux')(
  'Ctrl-C on a terminal reaches the program once, and its cleanup is awaited',
  async () => {
    const needsTerminal = `import { openSync } from 'node:fs'; openSync('/dev/tty');`;
    const { directory } = await repositoryWith(needsTerminal + countsSignals);
    // A shell that stays in between would die of the signal itself.
    const command = `exec "${process.execPath}" tools/start.mjs run`;
    const terminal = execa('script', ['-qec', command, '/dev/null'], {
      cwd: directory,
      reject: false,
    });
    await said(terminal, 'started');
    terminal.stdin.write('\u0003');

    const { stdout, exitCode } = await terminal;
    expect(stdout.replace('^C', '')).toBe('started\r\ntold\r\ncleaned up');
    expect(exitCode).toBe(7);
  },
);

test('a program that died of signal n gives 128 + n', async () => {
  const repository = await repositoryWith(`process.kill(process.pid, 'SIGKILL');`);
  expect(await repository.start('run')).toMatchObject({ exitCode: 137 });
});

test('a program whose launcher was killed ends as if told to', async () => {
  const running = (await repositoryWith(countsSignals)).start('run');
  await said(running, 'started');
  running.kill('SIGKILL');
  // It holds the launcher's stdout open until it has ended.
  expect(await running).toMatchObject({ stdout: 'started\ntold\ncleaned up' });
});

test('the program runs on the repository’s own Node where that is installed', async () => {
  const repository = await repositoryWith(`console.log('ran');`);
  const script = `#!/bin/sh\necho own Node\nexec ${process.execPath} "$@"\n`;
  await chmod(await repository.write('node_modules/node/bin/node', script), 0o755);

  const { stdout } = await repository.start('run');
  expect(stdout).toBe('own Node\nran');
});

test('an unknown command is refused with the known ones', async () => {
  const { exitCode, stderr } = await (await repositoryWith('')).start('demonstrate');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('expected one of setup, run');
});

/** Does what `npm ci` does last: records what is wanted as what is there. */
const npm = `
echo "$*" >> "$0.log"
/bin/mkdir -p node_modules/zod && echo '{}' > node_modules/zod/package.json
/bin/cp package-lock.json node_modules/.package-lock.json`;

const wanted = { 'node_modules/zod': { version: '4.6.7' } };

test.each([
  ['another version of a package', { 'node_modules/zod': { version: '4.0.0' } }],
  ['a package too few', {}],
])('npm ci runs where node_modules holds %s, and once', async (_, present) => {
  const repository = await repositoryWith('');
  await repository.putOnPath('npm', npm);
  await repository.write('node_modules/zod/package.json', '{}');
  await repository.wantPackages(wanted);
  await repository.havePackages(present);

  const { stderr } = await repository.start('run');
  expect(stderr).toContain('node_modules/zod is not the one that package-lock.json asks for');
  expect(await repository.start('run')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await repository.read('bin/npm.log')).toMatch(/^ci .*\n$/);
});

test('an npm ci that fails ends the command', async () => {
  const repository = await repositoryWith(`console.log('ran');`);
  await repository.putOnPath('npm', 'echo "not in sync" >&2; exit 1');
  await repository.wantPackages(wanted);

  const { exitCode, stdout, stderr } = await repository.start('run');
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain('not in sync');
});

test('a package for another platform may be absent', async () => {
  const repository = await repositoryWith('');
  await repository.wantPackages({ 'node_modules/fsevents': { version: '2.3.3', optional: true } });
  expect(await repository.start('run')).toMatchObject({ exitCode: 0, stderr: '' });
});

test('an npm ci that was killed is done again, however complete it looks', async () => {
  const repository = await repositoryWith('');
  await repository.wantPackages(wanted);
  await repository.havePackages(wanted);
  await repository.putOnPath(
    'npm',
    `/bin/mkdir -p node_modules/zod && echo '{}' > node_modules/zod/package.json
    echo started > "$0.log"; while [ -e "$0" ]; do /bin/sleep 0.05; done`,
  );
  const killed = repository.start('run');
  await vi.waitFor(async () => expect(await repository.read('bin/npm.log')).not.toBe(''));
  killed.kill('SIGTERM');
  expect(await killed).toMatchObject({ exitCode: 143 });

  await repository.putOnPath('npm', npm);
  expect(await repository.start('run')).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('node_modules is not complete'),
  });
});

test('an npm ci whose launcher was killed is waited for', async () => {
  const repository = await repositoryWith('');
  await repository.wantPackages(wanted);
  const goOn = join(repository.directory, 'go-on');
  await repository.putOnPath(
    'npm',
    `echo started > "$0.started"; while [ ! -e ${goOn} ]; do /bin/sleep 0.05; done; ${npm}`,
  );
  const killed = repository.start('run');
  await vi.waitFor(async () => expect(await repository.read('bin/npm.started')).not.toBe(''));
  killed.kill('SIGKILL');

  const next = repository.start('run');
  await new Promise((resolve) => void next.stderr.once('data', resolve));
  await repository.write('go-on', '');
  expect(await next).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('Another `npm ci` is at work'),
  });
  expect(await repository.read('bin/npm.log')).toMatch(/^ci .*\n$/);
});
