import { afterAll, beforeAll, expect, test } from 'vitest';

import type { BackupFile } from '../../src/contracts/files.ts';
import { debugPodShell } from '../../src/node/debug-pod-shell.ts';
import type { NodeShell } from '../../src/node/node-shell.ts';
import { inspectFile } from '../../src/transfer/inspect-file.ts';
import { openRangeSession } from '../../src/transfer/range-session.ts';
import { counted } from '../transfer/local-shell.ts';
import { textOf } from '../transfer/text-of.ts';
import { openLabGround } from './lab-ground.ts';

const { signal } = new AbortController();
const path = '/home/core/snapshot_1.db';
const content = textOf('lab', 16 * 1024 * 1024);

const parts = new AsyncDisposableStack();
let shell: NodeShell;
let file: BackupFile;

beforeAll(async () => {
  const ground = parts.use(await openLabGround());
  const wire = parts.use(await ground.openWire(path));
  shell = debugPodShell(wire.connection, ground.session);
  await ground.node.writeFile(path, content);
  const inspected = await inspectFile({
    shell,
    kind: 'staticKubeResources',
    path,
    takeDirectory: '/home/core',
    partSizeBytes: content.length,
    digestTool: 'openssl',
    signal,
  });
  file = inspected.file;
  // It comes before the one that the node has of the machine.
  await ground.node.writeFile('/usr/local/bin/zstd', Buffer.from('#!/bin/sh\nexit 127\n'));
  await ground.node.run(['chmod', '755', '/usr/local/bin/zstd']);
});

afterAll(async () => await parts.disposeAsync());

async function inImage(...argv: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await shell.run([...(shell.inImage ?? ['false']), ...argv]);
  expect([exitCode, stderr]).toEqual([0, '']);
}

/** Reads the whole file, which must be the same; says how it came. */
async function transfer(): Promise<{ isCompressed: boolean; bytesRead: number }> {
  const watched = counted(shell);
  const session = await openRangeSession(watched, file, signal, 'auto');
  const bytes = Buffer.alloc(content.length);
  await session.read(0, bytes);
  await session.close();
  expect(bytes.equals(content)).toBe(true);
  return { isCompressed: session.isCompressed, bytesRead: watched.bytesRead };
}

test("a node of a real kubelet compresses with its pod's image, which needs no shell for that", async () => {
  expect((await shell.run(['zstd', '--version'])).exitCode).toBe(127);
  await inImage('rm', '/bin/sh', '/bin/bash');
  const { isCompressed, bytesRead } = await transfer();
  expect(isCompressed).toBe(true);
  expect(bytesRead).toBeLessThan(content.length / 2);
});

test('and sends ranges as they are when the image has no zstd either', async () => {
  await inImage('rm', '/bin/zstd');
  const { isCompressed, bytesRead } = await transfer();
  expect(isCompressed).toBe(false);
  expect(bytesRead).toBeGreaterThan(content.length);
});
