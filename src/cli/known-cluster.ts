import type { ClusterConfig, Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { suggest } from '../config/suggest.ts';

/**
 * The cluster of this name in the configuration.
 *
 * @throws {ConfigError} where there is none, naming those there are and the one that was probably meant
 */
export function knownCluster({ clusters }: Config, name: string): ClusterConfig {
  // `constructor` and its like are names that every object answers to.
  const cluster = Object.hasOwn(clusters, name) ? clusters[name] : undefined;
  if (cluster !== undefined) return cluster;
  const known = Object.keys(clusters);
  const meant = suggest(name, known);
  throw new ConfigError([
    {
      field: '<cluster>',
      expected: `a cluster of the configuration, ${known.join(' or ')}`,
      got: name,
      ...(meant === undefined ? {} : { suggestion: meant }),
    },
  ]);
}
