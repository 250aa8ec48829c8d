import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

import type { Resolver } from '../config/resolve.ts';
import type { StorePlace } from '../openshift/guards/guard.ts';

/** Finds out where each of the stores is, by this worker's own means: its mounts and its DNS. Writes nothing. */
export async function storePlaces(
  resolver: Pick<Resolver, 'storeEndpoint' | 'storePlace'>,
  names: Iterable<string>,
): Promise<Readonly<Record<string, StorePlace>>> {
  const places = await Promise.all(
    [...new Set(names)].map(async (name): Promise<[string, StorePlace]> => {
      const [place, endpoint] = await Promise.all([
        resolver.storePlace(name),
        resolver.storeEndpoint(name),
      ]);
      if (endpoint === undefined) return [name, { place }];
      const { host } = endpoint;
      return [name, { place, endpoint: { host, addresses: await addressesOf(host) } }];
    }),
  );
  return Object.fromEntries(places);
}

async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    // Whoever cannot resolve the name does not know where it is: the guard says so.
    return [];
  }
}
