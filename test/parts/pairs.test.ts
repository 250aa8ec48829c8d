import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { BackupResult, Manifest } from '../../src/index.ts';
import { condition, named, nodeCertificateRequest } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { encryptEtcd } from './encrypt-etcd.ts';
import type { EncryptionState } from './encrypt-etcd.ts';
import { pairs } from './pairs.ts';
import type { Combination } from './pairs.ts';
import { openScene, readStored } from './scene.ts';

const password = 'canary-of-the-proxy';

/** Every value of version, topology, proxy, encryption and health. */
const all = {
  version: ['4.2.36', '4.3.1', '4.3.40', '4.5.41', '4.7.60', '4.12.80', '4.16.20', '4.99.0'],
  topology: [
    'HighlyAvailable',
    'SingleReplica',
    'External',
    'HighlyAvailableArbiter',
    'DualReplica',
  ],
  proxy: ['off', 'on', 'on with a CA'],
  encryption: ['off', 'completed', 'migrating'],
  health: ['good', 'operator progressing', 'first node away', 'updating', 'certificate pending'],
} as const;

// A value that is refused hides what the others would do: those of clusters that are backed up are paired once more.
const combinations = [
  ...pairs(all),
  ...pairs({
    ...all,
    version: ['4.3.40', '4.5.41', '4.7.60', '4.12.80', '4.16.20', '4.99.0'],
    topology: ['HighlyAvailable', 'SingleReplica'],
    encryption: ['off', 'completed'],
    health: ['good'],
  } as const),
  ...pairs({
    ...all,
    version: ['4.3.1'],
    topology: ['HighlyAvailable', 'SingleReplica'],
    encryption: ['off'],
    health: ['good'],
  } as const),
];

type Row = Combination<typeof all>;

/** The contract of the vendor's script that each version's node has. */
const contracts: Readonly<Record<string, string>> = {
  '4.3.1': '4.3.0',
  '4.3.40': '4.3.2',
  '4.5.41': '4.4',
  '4.7.60': '4.6',
  '4.12.80': '4.8',
  '4.16.20': '4.13',
  '4.99.0': '4.13',
};

/** The guards that must refuse such a cluster, each with what it must have seen. */
function refusals(row: Row): Readonly<Record<string, RegExp>> {
  const single = row.topology === 'SingleReplica';
  const entries: readonly (readonly [boolean, string, RegExp])[] = [
    [row.topology === 'External', 'topology', /hosted/],
    [row.topology === 'HighlyAvailableArbiter', 'topology', /HighlyAvailableArbiter.*proven/],
    [row.topology === 'DualReplica', 'topology', /DualReplica.*proven/],
    [row.version === '4.2.36', 'release', /4\.2\.36/],
    [row.encryption === 'migrating', 'encryptionSettled', /being migrated/],
    [row.encryption !== 'off' && row.version === '4.3.1', 'combinedFile', /one file/],
    [row.health === 'operator progressing', 'operatorsSettled', /kube-apiserver/],
    [row.health === 'first node away' && single, 'fitNode', /master-0.*Ready/],
    [row.health === 'updating', 'updateSettled', /4\.16\.99/],
    [row.health === 'certificate pending', 'certificateRequests', /pending/i],
  ];
  return Object.fromEntries(entries.filter(([holds]) => holds).map(([, ...entry]) => entry));
}

/** Makes the cluster such a one; returns what makes it healthy again. */
async function arrange(cluster: StandInCluster, row: Row): Promise<() => void> {
  const { objects } = cluster;
  const { clusterVersion, infrastructure, nodes, certificateSigningRequests } = objects;
  const undo: (() => void)[] = [];
  infrastructure.status.controlPlaneTopology = row.topology;
  clusterVersion.status.desired.version = row.version;
  for (const entry of clusterVersion.status.history) entry.version = row.version;
  await encryptEtcd(cluster, row.encryption satisfies EncryptionState);
  await proxy(cluster, row.proxy);
  if (row.topology === 'SingleReplica') {
    const others = nodes.splice(1);
    undo.push(() => nodes.push(...others));
  }
  if (row.health === 'operator progressing') {
    const { conditions } = named(objects.clusterOperators, 'kube-apiserver').status;
    undo.push(change(condition(conditions, 'Progressing'), 'True'));
  }
  if (row.health === 'first node away') {
    undo.push(change(condition(named(nodes, 'master-0').status.conditions, 'Ready'), 'False'));
  }
  if (row.health === 'updating') {
    const { history } = clusterVersion.status;
    const [newest] = history;
    if (newest === undefined) throw new Error('the stand-in has no history');
    history.unshift({ ...newest, state: 'Partial', version: '4.16.99' });
    clusterVersion.status.desired.version = '4.16.99';
    undo.push(() => history.shift());
  }
  if (row.health === 'certificate pending') {
    certificateSigningRequests.push(nodeCertificateRequest('master-1'));
    undo.push(() => certificateSigningRequests.pop());
  }
  return () => undo.toReversed().forEach((step) => step());
}

function change(of: { status: string }, status: string): () => void {
  const before = of.status;
  of.status = status;
  return () => (of.status = before);
}

async function proxy(cluster: StandInCluster, wanted: Row['proxy']): Promise<void> {
  const { proxy: object } = cluster.objects;
  object.spec = { trustedCA: { name: wanted === 'on with a CA' ? 'user-ca-bundle' : '' } };
  object.status = {};
  await cluster.egress.allow(wanted === 'off' ? 'direct' : 'proxy');
  if (wanted === 'off') return;
  const url = new URL(cluster.egress.proxyUrl);
  url.username = 'backup';
  url.password = password;
  await cluster.setProxy({ httpProxy: url.href, httpsProxy: url.href });
}

/** The vendor's script that restores it; that of 4.3 asks for the members. */
function restoredBy({ version }: Row): object {
  if (!version.startsWith('4.3.')) return { script: '/usr/local/bin/cluster-restore.sh' };
  const initialCluster: unknown = expect.stringMatching(/^\S+=https?:/);
  return { script: '/usr/local/bin/etcd-snapshot-restore.sh', initialCluster };
}

function title({ topology, proxy: wanted, encryption, health }: Row): string {
  return `${topology}, proxy ${wanted}, encryption ${encryption}, health ${health}`;
}

const versions = [...new Set(combinations.map(({ version }) => version))];

describe.each(versions)('OpenShift %s', (version) => {
  let scene: Awaited<ReturnType<typeof openScene>>;
  beforeAll(async () => {
    scene = await openScene({ nodes: 3, version: version === '4.2.36' ? '4.3.0' : version });
    await scene.startWorker();
  });
  afterAll(async () => await scene?.[Symbol.asyncDispose]());

  const rows = unique(combinations.filter((row) => row.version === version));
  const refused = rows.filter((row) => Object.keys(refusals(row)).length > 0);
  const taken = rows.filter((row) => Object.keys(refusals(row)).length === 0);

  test.each(refused.map((row) => [title(row), row] as const))('refused: %s', async (_, row) => {
    const restore = await arrange(scene.cluster, row);
    const before = scene.cluster.requests.length;
    const failed = await failureOf((await scene.start()).result());
    restore();
    expect(failed).toMatchObject({ type: 'GuardRefused', details: [{ step: 'checkCluster' }] });
    const named = Object.fromEntries(
      failed.message.split(' | ').map((each) => each.split(/: (.*)/s).slice(0, 2)),
    );
    const expected = refusals(row);
    expect(Object.keys(named).toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const [guard, evidence] of Object.entries(expected)) {
      expect(named[guard]).toMatch(evidence);
    }
    expect(writes(scene.cluster, before)).toEqual([]);
  });

  test.each(taken.map((row) => [title(row), row] as const))('backed up: %s', async (_, row) => {
    const restore = await arrange(scene.cluster, row);
    const handle = await scene.start();
    const result: BackupResult = await handle.result();
    restore();
    expect(result.outcome).toBe('completed');
    const bytes = await readStored(scene.stores.primary, result.manifest.key);
    const manifest: Manifest = JSON.parse(bytes.toString());
    const combined = row.version === '4.3.1';
    expect(manifest).toMatchObject({
      openshiftVersion: row.version,
      cluster: { topology: row.topology },
      node: { name: row.health === 'first node away' ? 'master-1' : 'master-0' },
      script: { release: contracts[row.version], possiblyDirty: false },
      proxyEnabled: row.proxy !== 'off',
      encryption: { type: row.encryption === 'off' ? 'identity' : 'aescbc' },
      overrides: [],
    });
    expect(manifest.trustedCA).toBe(row.proxy === 'on with a CA' ? 'user-ca-bundle' : undefined);
    expect(manifest.restore).toEqual({ ...restoredBy(row), sameVersion: row.version });
    expect(manifest.encryption?.keysWithSnapshot).toBe(combined ? true : undefined);
    expect(manifest.encryption?.keysAfter).toEqual(manifest.encryption?.keysBefore);
    expect(manifest.files.map(({ kind }) => kind)).toEqual(
      combined ? ['combined'] : ['snapshot', 'staticKubeResources'],
    );
    const outcomes = manifest.guards.map(({ guard, outcome }) => `${guard} ${outcome}`);
    expect(outcomes.filter((each) => !each.endsWith(' passed'))).toEqual([]);
    expect(bytes.toString()).not.toContain(password);
    expect(await scene.leftovers()).toEqual([]);
  });
});

function unique(rows: readonly Row[]): readonly Row[] {
  return [...new Map(rows.map((row) => [title(row), row])).values()];
}

/** What was asked of the API since then, besides reads. */
function writes({ requests }: StandInCluster, before: number): readonly string[] {
  const since = requests.slice(before);
  return since.filter(({ method }) => method !== 'GET').map(({ path }) => path);
}

async function failureOf(result: Promise<unknown>): Promise<Error> {
  const error: unknown = await result.catch((caught: unknown) => caught);
  if (error instanceof WorkflowFailedError && error.cause instanceof Error) return error.cause;
  throw new Error('the run did not fail', { cause: error });
}
