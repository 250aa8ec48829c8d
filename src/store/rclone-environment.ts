import type { RcloneOptions } from './rclone-options.ts';

/**
 * The variables that rclone sees: where programs, files and certificates are, the proxy, and what the store names. Any other
 * variable of the worker, a secret of another store or a `RCLONE_…` that changes what a command does, stays with the worker.
 */
export function rcloneEnvironment({ variables = [] }: RcloneOptions): Record<string, string> {
  const found = [...usual, ...variables].map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(
    found.filter((entry): entry is readonly [string, string] => entry[1] !== undefined),
  );
}

const proxy = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'];

const usual = [
  'HOME',
  'PATH',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'TMPDIR',
  'USER',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  ...proxy,
  ...proxy.map((name) => name.toLowerCase()),
];
