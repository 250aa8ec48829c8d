import { readFile } from 'node:fs/promises';

import { place } from '../lab/place.ts';

/** How many bytes have come from the lab's node to this machine since the lab is up. */
export async function bytesFromNode(): Promise<number> {
  const path = `/sys/class/net/${place.machineInterface}/statistics/rx_bytes`;
  return Number(await readFile(path, 'utf8'));
}
