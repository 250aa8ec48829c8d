import type { KeyObject } from 'node:crypto';

import type { Config } from '../config/config.ts';
import { trustedKeys } from '../config/signing-keys.ts';

/**
 * The keys whose signatures this command believes. Where there are none it says so, once, on stderr: everything is believed
 * then.
 *
 * @throws {ConfigError} where one cannot be used
 */
export async function keysToTrust(config: Config): Promise<readonly KeyObject[]> {
  const keys = await trustedKeys(config);
  if (keys.length === 0) {
    process.stderr.write(
      'manifests are not verified: the configuration names no signing.publicKeys\n',
    );
  }
  return keys;
}

/** What a person does about a manifest that no trusted key signed. */
export const untrustedNextStep =
  'Find out who wrote it; restore nothing from it. A key that is missing belongs under signing.publicKeys.';
