import { resolve } from 'node:path';

import type { Config, ConfigInput } from './config.ts';
import { ConfigError } from './config-error.ts';
import { problemsOf } from './problems.ts';
import type { DataProblem } from './problems.ts';
import { configSchema } from './schema.ts';
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
  if (parsed.success && unknown.length === 0) {
    return { config: withAbsolutePaths(parsed.data, directory) };
  }
  return { problems: [...problemsOf(parsed.error?.issues ?? []), ...unknown] };
}

function withAbsolutePaths(config: Config, directory: string): Config {
  const clusters = Object.entries(config.clusters).map(([name, cluster]) => {
    const { kubeconfig } = cluster;
    if (!('file' in kubeconfig)) return [name, cluster] as const;
    const file = resolve(directory, kubeconfig.file);
    return [name, { ...cluster, kubeconfig: { ...kubeconfig, file } }] as const;
  });
  const stores = Object.entries(config.stores).map(
    ([name, store]) =>
      [name, { ...store, directory: resolve(directory, store.directory) }] as const,
  );
  return { ...config, clusters: Object.fromEntries(clusters), stores: Object.fromEntries(stores) };
}
