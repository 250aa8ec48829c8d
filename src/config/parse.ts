import { resolve } from 'node:path';

import type { Config, ConfigInput, KeyReference, SigningConfig, StoreConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { smallParts } from './part-sizes.ts';
import { problemsOf } from './problems.ts';
import type { DataProblem } from './problems.ts';
import { configSchema } from './schema.ts';
import { sharedRecipients } from './shared-recipients.ts';
import { unknownStores } from './store-names.ts';

/**
 * A configuration from a program instead of a file: checked and completed like one. Relative paths begin at the working
 * directory.
 *
 * @throws {ConfigError} with every problem, by the path of its field
 */
export function defineConfig(input: ConfigInput): Config {
  const parsed = parseConfig(input, process.cwd());
  if ('config' in parsed) return parsed.config;
  throw new ConfigError(parsed.problems.map(({ path: _path, at: _at, ...problem }) => problem));
}

/** Data as a configuration, or everything that is wrong with it. Relative paths begin at `directory`. */
export function parseConfig(
  data: unknown,
  directory: string,
): { readonly config: Config } | { readonly problems: readonly DataProblem[] } {
  const parsed = configSchema.safeParse(data, { reportInput: true });
  const unknown = unknownStores(data);
  const unfit = parsed.success
    ? [...smallParts(parsed.data), ...sharedRecipients(parsed.data)]
    : [];
  if (parsed.success && unknown.length + unfit.length === 0) {
    return { config: withAbsolutePaths(parsed.data, directory) };
  }
  return { problems: [...problemsOf(parsed.error?.issues ?? []), ...unknown, ...unfit] };
}

function withAbsolutePaths(config: Config, directory: string): Config {
  const clusters = Object.entries(config.clusters).map(([name, cluster]) => {
    const kubeconfig = inDirectory(cluster.kubeconfig, ['file'], directory);
    const { ssh } = cluster;
    const reached = { ...cluster, kubeconfig };
    if (ssh === undefined) return [name, reached] as const;
    const paths = inDirectory(ssh, ['identityFile', 'knownHosts'], directory);
    return [name, { ...reached, ssh: paths }] as const;
  });
  const stores = Object.entries(config.stores).map(
    ([name, store]) => [name, storeInDirectory(store, directory)] as const,
  );
  const { signing } = config;
  return {
    ...config,
    clusters: Object.fromEntries(clusters),
    stores: Object.fromEntries(stores),
    ...(signing === undefined ? {} : { signing: signingInDirectory(signing, directory) }),
  };
}

function storeInDirectory(store: StoreConfig, directory: string): StoreConfig {
  if ('directory' in store) return inDirectory(store, ['directory'], directory);
  if ('rclone' in store) {
    return { ...store, rclone: inDirectory(store.rclone, ['configFile'], directory) };
  }
  return 's3' in store
    ? { ...store, s3: bucketInDirectory(store.s3, directory) }
    : { ...store, azure: bucketInDirectory(store.azure, directory) };
}

/** The paths that a bucket and a container have alike. */
function bucketInDirectory<T extends { readonly credentials?: object }>(
  bucket: T,
  directory: string,
): T {
  const { credentials } = bucket;
  return {
    ...inDirectory(bucket, ['caFile'], directory),
    ...(credentials && { credentials: inDirectory(credentials, ['file'], directory) }),
  };
}

function signingInDirectory(
  { privateKey, publicKeys }: SigningConfig,
  directory: string,
): SigningConfig {
  const absolute = (key: KeyReference): KeyReference => inDirectory(key, ['file'], directory);
  return {
    ...(privateKey === undefined ? {} : { privateKey: absolute(privateKey) }),
    ...(publicKeys === undefined ? {} : { publicKeys: publicKeys.map(absolute) }),
  };
}

/** The same with those paths absolute that are there. */
function inDirectory<T extends object>(fields: T, names: readonly string[], directory: string): T {
  const absolute = Object.entries(fields)
    .filter(([name]) => names.includes(name))
    .map(([name, path]) => [name, resolve(directory, String(path))]);
  return { ...fields, ...Object.fromEntries(absolute) };
}
