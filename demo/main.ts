import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { execa } from 'execa';

import { startEtcd, startStandInCluster } from '../src/testing/index.ts';
import { temporaryDirectory } from '../src/testing/temporary-directory.ts';
import { toolPath } from '../tools/paths.mjs';
import { startTemporal } from '../tools/start-temporal.ts';
import { fillEtcd } from './fill-etcd.ts';

const help = `npm run demo [-- --once] [--json]

Backs up a live etcd through Temporal, on this machine: a real Temporal server, a real etcd with three thousand keys, and
a stand-in OpenShift cluster of three control plane nodes whose backup script calls the real etcdctl and etcdutl.

  --once   end after the run; otherwise the Temporal UI stays open on a terminal until Ctrl-C
  --json   print the run as JSON lines, the last one is its result; implies that nothing else is on stdout`;

const { values } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}

// On --json, stdout is for the run's own lines.
const say = (text: string): void => console.error(text);
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());

await using parts = new AsyncDisposableStack();
const directory = await temporaryDirectory('demo');
parts.defer(async () => await rm(directory, { recursive: true, force: true }));

say('Starting a Temporal server, an etcd and a stand-in cluster of three control plane nodes …');
const temporal = await startTemporal();
parts.defer(temporal.kill);
const etcd = await startEtcd({ etcd: toolPath('etcd') });
parts.defer(async () => await etcd.close());
await fillEtcd(etcd.endpoint, 3000);
const cluster = await startStandInCluster({
  nodes: 3,
  etcd,
  tools: { etcdctl: toolPath('etcdctl'), etcdutl: toolPath('etcdutl') },
});
parts.defer(async () => await cluster.close());

const stores = { primary: join(directory, 'primary'), vault: join(directory, 'vault') };
await Promise.all(Object.values(stores).map(async (path) => await mkdir(path)));
const config = join(directory, 'etcd-backup.yaml');
await writeFile(
  config,
  `# Every key: docs/configuration.md
clusters:
  demo:
    kubeconfig: { file: ${cluster.kubeconfigPath} }
    stores: { snapshot: primary, staticKubeResources: vault }
stores:
  primary: { directory: ${stores.primary} }
  vault: { directory: ${stores.vault} }
`,
);

const cli = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const environment = {
  ...process.env,
  TEMPORAL_ADDRESS: temporal.address,
  ETCD_BACKUP_UI: temporal.uiUrl,
};
// Both end with the demo, however that ends.
const bound = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'TERM'] : [];
// Ctrl-C reaches the run; the worker is kept from it, since the run needs it to clean up.
const [program, ...argv] = [...bound, process.execPath, cli];
const serve = [...argv, 'worker', '--config', config];
const worker = spawn(program, serve, { env: environment, stdio: 'ignore', detached: true });
parts.defer(async () => {
  const ended = once(worker, 'exit');
  if (worker.kill('SIGTERM')) await ended;
});

const isTerminal = process.stdout.isTTY && process.stdin.isTTY;
const staysOpen = !values.once && isTerminal;
// So that `npx etcd-backup` in another terminal is the command of these sources.
const build = fileURLToPath(new URL('../tools/build.mjs', import.meta.url));
const built = staysOpen ? execa(process.execPath, [build], { reject: false }) : undefined;

say('\n  etcd-backup run demo\n');
const asked = [...argv, 'run', 'demo', '--config', config, ...(values.json ? ['--json'] : [])];
const run = spawn(program, asked, { env: environment, stdio: 'inherit' });
const [exitCode] = await once(run, 'exit');

if (!values.json && exitCode === 0) {
  say('\nWhat the stores hold now:');
  for (const [name, path] of Object.entries(stores)) {
    for (const file of await files(path)) say(`  ${name}  ${file}`);
  }
}
const isBuilt = (await built)?.exitCode === 0;
if (staysOpen && exitCode === 0 && !interrupted.signal.aborted) {
  const command = isBuilt ? 'npx etcd-backup' : `npx node ${cli}`;
  say(`
Look at the run in the Temporal UI: ${temporal.uiUrl}/namespaces/default/workflows/etcd-backup%2Fdemo
  its timeline is the runbook, one bar per step; "User Metadata" has the table of steps
Look at the files:                  ${directory}
Ask what the next one would do, in another terminal:
  ${command} check demo --config ${config}

Ctrl-C ends the demo and removes all of it.`);
  await once(interrupted.signal, 'abort');
}
await parts.disposeAsync();
process.exit(typeof exitCode === 'number' ? exitCode : 1);

async function files(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}
