import { z } from 'zod';

import type { Lab } from '../lab/index.ts';
import { clusterObject } from './cluster-objects.ts';
import type { ClusterObject } from './cluster-objects.ts';
import { openEtcdGateway } from './etcd-gateway.ts';
import type { Random } from './random.ts';

/** What one transaction may hold: etcd takes 128 operations and 1.5 MiB, base64 and JSON included. */
const batch = { objects: 128, bytes: 500_000 };

/** How many transactions are under way at once; etcd is not faster with more. */
const lanes = 4;

const status = z.tuple([z.object({ Status: z.object({ dbSize: z.number() }) })]);

/**
 * Writes objects into the lab's etcd until its database has this size, or a little more. May be called again for a larger
 * one with the same `random`. About 20 seconds per GiB.
 */
export async function fillEtcd(
  lab: Lab,
  sizeBytes: number,
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  using gateway = openEtcdGateway(lab);
  const fill = async (): Promise<void> => {
    signal.throwIfAborted();
    await gateway.put(objects(random));
  };
  for (;;) {
    const missing = sizeBytes - (await databaseBytes(lab));
    if (missing <= 0) return;
    // The database grows by more than the objects have, never by less.
    const rounds = Math.ceil((missing * 0.6) / batch.bytes / lanes);
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        for (let round = 0; round < rounds; round++) await fill();
      }),
    );
  }
}

async function databaseBytes({ etcdctl }: Lab): Promise<number> {
  const [member] = status.parse(
    JSON.parse(await etcdctl(['endpoint', 'status', '--write-out=json'])),
  );
  return member.Status.dbSize;
}

function objects(random: Random): readonly ClusterObject[] {
  const made: ClusterObject[] = [];
  for (let bytes = 0; bytes < batch.bytes && made.length < batch.objects;) {
    const object = clusterObject(random);
    bytes += object.value.length;
    made.push(object);
  }
  return made;
}
