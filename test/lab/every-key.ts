import { execa } from 'execa';
import { z } from 'zod';

import type { Lab } from '../../lab/index.ts';
import { toolPath } from '../../tools/paths.mjs';

const answer = z.object({
  kvs: z.array(z.object({ key: z.string(), value: z.string().default('') })),
});

/** Every key with its value, from an etcd without TLS. */
export async function everyKey(endpoint: string): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await execa(toolPath('etcdctl'), [`--endpoints=${endpoint}`, ...get]);
  return keysIn(stdout);
}

/** Every key that the lab's etcd had at a revision, with its value. */
export async function everyKeyOfLab(
  { etcdctl }: Lab,
  revision: number,
): Promise<ReadonlyMap<string, string>> {
  return keysIn(await etcdctl([...get, `--rev=${revision}`]));
}

const get = ['get', '', '--prefix', '--write-out=json'];

function keysIn(json: string): ReadonlyMap<string, string> {
  const { kvs } = answer.parse(JSON.parse(json));
  return new Map(kvs.map(({ key, value }) => [decoded(key), decoded(value)]));
}

// Kubernetes' own values are no text: every byte becomes a character.
function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1');
}
