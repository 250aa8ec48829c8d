import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { BackupFile } from '../../src/contracts/files.ts';
import { debugPodShell } from '../../src/node/debug-pod-shell.ts';
import type { NodeShell } from '../../src/node/node-shell.ts';
import { startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { inspectFile } from '../../src/transfer/inspect-file.ts';
import { openRangeSession } from '../../src/transfer/range-session.ts';
import { startPod } from '../parts/custody/custody-ground.ts';
import { cutSession } from './cut-session.ts';
import { counted } from './local-shell.ts';
import { textOf } from './text-of.ts';

const { signal } = new AbortController();
const path = '/home/core/snapshot_1.db';
const rangeBytes = 1024 * 1024;
const content = textOf('image', 4 * rangeBytes);

/** What comes before the machine's own zstd, on the node and in the image. */
const zstd = '/usr/local/bin/zstd';
const broken = '#!/bin/sh\ncat >/dev/null\necho nonsense\nexit 127\n';
const marked =
  '#!/bin/sh\n{ nice; pwd; env -u PWD | sort; } >/run/zstd-ran\nexec /usr/bin/zstd "$@"\n';

let cluster: StandInCluster;
let shell: NodeShell;
let file: BackupFile;

beforeAll(async () => {
  cluster = await startStandInCluster();
  const connection = { kubeconfig: { file: cluster.kubeconfigPath } };
  const { session } = await startPod(connection, {
    namespace: cluster.namespace,
    nodeName: 'master-0',
    image: cluster.objects.nodes[0]?.status.images[0]?.names[0] ?? '',
  });
  shell = debugPodShell(connection, session);
  await cluster.node().writeFile(path, content);
  const inspected = await inspectFile({
    shell,
    kind: 'staticKubeResources',
    path,
    takeDirectory: '/home/core',
    partSizeBytes: rangeBytes,
    digestTool: 'sha256sum',
    signal,
  });
  file = inspected.file;
});
afterEach(async () => {
  await cluster.node().remove(zstd);
  await inImage('rm', '-f', zstd, '/run/zstd-ran');
});
afterAll(async () => await cluster.close());

async function inImage(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout } = await shell.run([...(shell.inImage ?? ['false']), ...argv]);
  expect(exitCode).toBe(0);
  return stdout.toString();
}

async function installInImage(script: string): Promise<void> {
  const install = 'mkdir -p "${1%/*}"; printf %s "$2" >"$1"; chmod 755 "$1"';
  await inImage('sh', '-c', install, 'sh', zstd, script);
}

/** Reads the whole file through a session, which it must be equal to; says how it came. */
async function transfer(): Promise<{ isCompressed: boolean; bytesRead: number }> {
  const watched = counted(shell);
  const session = await openRangeSession(watched, file, signal, 'auto');
  const bytes = Buffer.alloc(content.length);
  const ranges = [0, 1, 2, 3].map((number) => number * rangeBytes);
  await Promise.all(
    ranges.map((start) => session.read(start, bytes.subarray(start, start + rangeBytes))),
  );
  await session.close();
  expect(bytes.equals(content)).toBe(true);
  return { isCompressed: session.isCompressed, bytesRead: watched.bytesRead };
}

describe('ranges on a node', () => {
  test('are compressed by its own zstd where that works', async () => {
    await installInImage(marked);
    expect((await transfer()).isCompressed).toBe(true);
    await inImage('test', '!', '-e', '/run/zstd-ran');
  });

  test("without a zstd that works are compressed by the image's, as gently", async () => {
    await cluster.node().writeFile(zstd, broken, 0o755);
    await installInImage(marked);
    const { isCompressed, bytesRead } = await transfer();
    expect(isCompressed).toBe(true);
    expect(bytesRead).toBeLessThan(content.length / 2);
    expect((await inImage('cat', '/run/zstd-ran')).trimEnd().split('\n')).toEqual([
      '19',
      '/',
      'HOME=/root',
      'LC_ALL=C',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ]);
  });

  test('travel as they are where neither works', async () => {
    await cluster.node().writeFile(zstd, broken, 0o755);
    await installInImage(broken);
    const { isCompressed, bytesRead } = await transfer();
    expect(isCompressed).toBe(false);
    expect(bytesRead).toBeGreaterThan(content.length);
  });

  test("travel as they are when the image's zstd fails in the middle", async () => {
    await cluster.node().writeFile(zstd, broken, 0o755);
    // The first call is the probe, the second the first range.
    const script = `#!/bin/sh
echo >>/run/zstd-ran
[ "$(wc -l </run/zstd-ran)" -gt 2 ] || exec /usr/bin/zstd "$@"
head -c 1000 | /usr/bin/zstd "$@"
exit 1
`;
    await installInImage(script);
    const { isCompressed, bytesRead } = await transfer();
    expect(isCompressed).toBe(true);
    expect(bytesRead).toBeGreaterThan(3 * rangeBytes);
    expect(bytesRead).toBeLessThan(4 * rangeBytes);
  });

  test("leave no process of the image's behind when the connection is cut", async () => {
    await cluster.node().writeFile(zstd, broken, 0o755);
    expect(await cutSession(cluster, shell, file, /no-check|snapshot_1/)).toMatchObject({
      isCompressed: true,
      wasRunning: true,
      failure: { type: 'NodeUnreachable' },
    });
  });
});
