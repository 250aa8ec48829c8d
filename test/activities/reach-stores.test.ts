import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { changeRootStep } from '../../src/activities/change-root.ts';
import { planBackup } from '../../src/activities/plan-backup.ts';
import type { StepContext } from '../../src/activities/step.ts';
import { transferLanes } from '../../src/activities/transfer-lanes.ts';
import { uploadStep } from '../../src/activities/upload.ts';
import type { Config } from '../../src/config/config.ts';
import { defineConfig } from '../../src/config/parse.ts';
import { policyOf } from '../../src/config/policy.ts';
import { createResolver } from '../../src/config/resolve.ts';
import { sendsDirectly } from '../../src/contracts/index.ts';
import type { BackupFile, NodeFacts, StorePolicy, TakeContext } from '../../src/contracts/index.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { inspectFile } from '../../src/transfer/inspect-file.ts';
import { contentOf, sha256Of } from '../store/content.ts';
import { startFaultyS3 } from '../store/faulty-s3.ts';
import type { FaultyS3 } from '../store/faulty-s3.ts';
import { credentials } from '../store/s3-bench.ts';
import { takesOnNode } from '../script/take-directories.ts';
import { useSteps } from './step-bench.ts';

const recipient = 'age1cy0su9fwf3gf9mw868g5yut09p6nytfmmnktexz2ya5uqg9vl9sss4euqm';

describe('a node that is to send its files itself', () => {
  const bench = useSteps();
  const takes = takesOnNode(() => bench.cluster.node());
  let bucket: FaultyS3;
  beforeEach(async () => {
    bucket = await startFaultyS3();
  });
  afterEach(async () => {
    await bucket.close();
    await takes.clear();
    bench.cluster.objects.proxy.status = {};
  });

  const configOf = (
    primary: { readonly endpoint?: string } & StorePolicy = {},
    direct = true,
  ): Config => {
    const { endpoint = bucket.endpoint, ...policy } = primary;
    const place = { bucket: 'backups', region: 'eu-central-1', pathStyle: true };
    return defineConfig({
      clusters: {
        demo: {
          kubeconfig: { file: bench.cluster.kubeconfigPath },
          stores: { snapshot: 'primary', staticKubeResources: 'vault' },
          transfer: { direct },
        },
      },
      stores: {
        primary: { s3: { ...place, endpoint, credentials }, ...policy },
        vault: { directory: bench.stores.vault },
      },
    });
  };
  const enter = (config: Config): { input: TakeContext; context: StepContext } => ({
    input: { ...bench.input, policy: policyOf(config, 'demo', {}) },
    context: { ...bench.context, resolver: createResolver(config) },
  });
  const changeRoot = async (config: Config): Promise<NodeFacts> => {
    const { input, context } = enter(config);
    const facts = { openshiftVersion: '4.16.20', overrides: [] };
    return await changeRootStep({ ...input, facts }, context);
  };
  const directory = 'store vault is sent to by the worker: it takes no presigned requests';

  test('says which stores it reaches, and why each other one gets its files from the worker', async () => {
    const found = await changeRoot(configOf());
    expect(found.reachableStores).toEqual(['primary']);
    expect(found.warnings).toContain(directory);
    expect(found.warnings.join()).not.toContain('store primary');
    const asked = bucket.seen.filter(({ operation }) => operation === 'HeadBucket');
    expect(asked.map(({ headers }) => headers['user-agent'])).toEqual([
      expect.stringMatching(/^curl\//),
    ]);
  });

  test('is not asked where nobody wants it to', async () => {
    const found = await changeRoot(configOf({}, false));
    expect(found).not.toHaveProperty('reachableStores');
    expect(found.warnings.join()).not.toContain('by the worker');
    expect(bucket.seen).toEqual([]);
  });

  test('that does not reach a store leaves it to the worker, and the run goes on', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    // Its own queue: this worker need not reach it either.
    const found = await changeRoot(configOf({ endpoint, taskQueue: 'primary' }));
    expect(found).not.toHaveProperty('reachableStores');
    expect(found.warnings).toContain(
      'store primary is sent to by the worker: the node does not reach it: connection refused',
    );
  });

  test('does not send to a store that cannot be held to its digests', async () => {
    await bucket.close();
    bucket = await startFaultyS3({ checksums: 'unlisted' });
    const found = await changeRoot(configOf());
    expect(found).not.toHaveProperty('reachableStores');
    expect(found.warnings.join()).toContain('it does not check and list the SHA-256 of parts');
  });

  test('never sends to a store whose files are sealed, which the plan says too', async () => {
    const config = configOf({ recipients: [recipient] });
    const found = await changeRoot(config);
    expect(found).not.toHaveProperty('reachableStores');
    const sealed = 'store primary is sent to by the worker: its files are sealed on the worker';
    expect(found.warnings).toContain(sealed);
    const { input, context } = enter(config);
    expect(sendsDirectly(input.policy, { reachableStores: ['primary'] }, 'primary')).toBe(false);
    const asked = { run: input.run, request: { cluster: 'demo' } };
    const { plan } = await planBackup(config, context.resolver, asked, context.signal);
    expect(plan.warnings).toEqual(expect.arrayContaining([sealed, directory]));
  });

  test('sends through the proxy of the cluster, and no byte passes the worker', async () => {
    // The bucket plays the proxy: nobody else knows that name.
    vi.stubEnv('http_proxy', bucket.endpoint);
    onTestFinished(() => void vi.unstubAllEnvs());
    await bench.cluster.setProxy({ httpProxy: bucket.endpoint });
    const config = configOf({ endpoint: 'http://s3.nowhere.example' });
    const node = await changeRoot(config);
    expect(node.reachableStores).toEqual(['primary']);

    const { input, context } = enter(config);
    const content = contentOf('sent', 6_000_000);
    const file = await inspected(input, content);
    const stored = await uploadStep(transferLanes(1))({ ...input, file, direct: true }, context);
    expect(stored.storedSha256).toBe(sha256Of(content));
    expect(sha256Of(bucket.bucket.objects.get(stored.key)!.bytes)).toBe(sha256Of(content));
    const parts = bucket.seen.filter(
      ({ operation, key }) => operation === 'UploadPart' && key === stored.key,
    );
    expect(parts.map(({ headers }) => headers['user-agent'])).toEqual([
      expect.stringMatching(/^curl\//),
    ]);
    expect(parts[0]?.headers['host']).toBe('s3.nowhere.example');
    const commands = bench.cluster.requests.flatMap(({ command = [] }) => command).join(' ');
    expect(commands).toContain('--upload-file');
    expect(commands).not.toContain('X-Amz-');
  });

  async function inspected(input: TakeContext, content: Buffer): Promise<BackupFile> {
    const path = `${bench.paths.backup}/snapshot_1.db`;
    await bench.cluster.node().writeFile(path, content);
    const { file } = await inspectFile({
      shell: await bench.shell(),
      kind: 'snapshot',
      path,
      takeDirectory: bench.paths.root,
      partSizeBytes: input.policy.partSizeBytes,
      digestTool: 'sha256sum',
      signal: bench.context.signal,
    });
    return file;
  }
});
