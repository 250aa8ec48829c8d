import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { configVariable, findConfig } from '../config/find-config.ts';
import { loadConfig } from '../config/load.ts';

/**
 * The configuration of this command, where there is one.
 *
 * @throws {ConfigError} when it was asked for by name and is not there, or is not valid
 */
export async function optionalConfig(asked: string | undefined): Promise<Config | undefined> {
  const { file } = findConfig(asked);
  return file === undefined ? undefined : await loadConfig(file);
}

/**
 * The configuration of this command.
 *
 * @throws {ConfigError} when there is none, naming the places, or when it is not valid
 */
export async function requiredConfig(asked: string | undefined): Promise<Config> {
  const config = await optionalConfig(asked);
  if (config !== undefined) return config;
  const places = ['--config', `the variable ${configVariable}`, ...findConfig(asked).places];
  const expected = `a configuration file at ${places.slice(0, -1).join(', ')} or ${places.at(-1)}`;
  throw new ConfigError([{ field: '', expected, got: 'none' }]);
}
