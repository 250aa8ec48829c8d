import type { Config, StoreConfig } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { suggest } from '../config/suggest.ts';

/**
 * The store of this name in the configuration; `field` is where the name was given.
 *
 * @throws {ConfigError} where there is none, naming those there are and the one that was probably meant
 */
export function knownStore({ stores }: Config, name: string, field = '<store>'): StoreConfig {
  // `constructor` and its like are names that every object answers to.
  const store = Object.hasOwn(stores, name) ? stores[name] : undefined;
  if (store !== undefined) return store;
  const known = Object.keys(stores);
  const meant = suggest(name, known);
  throw new ConfigError([
    {
      field,
      expected: `a store of the configuration, ${known.join(' or ')}`,
      got: name,
      ...(meant === undefined ? {} : { suggestion: meant }),
    },
  ]);
}
