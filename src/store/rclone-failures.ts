import { failure } from '../contracts/failures.ts';
import { translatingFailures } from './call-failures.ts';
import type { FailureKind } from './call-failures.ts';
import { RcloneError } from './rclone-error.ts';
import type { RcloneEnd } from './rclone-error.ts';
import { oldestRclone } from './rclone-options.ts';
import type { RcloneStoreOptions } from './rclone-options.ts';
import { rcloneMessages, whatRcloneSaid } from './rclone-words.ts';

/**
 * Runs calls of rclone and turns its ends into failures of the catalogue; failures of ours and the reason of an aborted signal
 * go through as they are.
 */
export async function withRcloneFailures<T>(
  options: RcloneStoreOptions,
  action: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  return await translatingFailures(signal, work, (error) =>
    error instanceof RcloneError ? failed(options, action, error.end) : undefined,
  );
}

function failed(options: RcloneStoreOptions, action: string, end: RcloneEnd): Error {
  const { name, remote } = options;
  const { command, exitCode, code, stderr } = end;
  if (exitCode === undefined && code !== undefined) return unstarted(options, code);
  const { type, nextStep } = kindOf(options, end);
  return failure(type, {
    observed: `${action} on remote ${remote}: rclone ${command}: ${whatRcloneSaid(stderr)}`,
    where: { store: name, exitCode },
    ...(nextStep === undefined ? {} : { nextStep }),
  });
}

function kindOf(options: RcloneStoreOptions, { exitCode, stderr }: RcloneEnd): FailureKind {
  const { name, configFile = "rclone's configuration file" } = options;
  const told = rcloneMessages(stderr).join('\n');
  const known = kinds.find(({ pattern }) => pattern.test(told));
  if (known?.of === 'config') {
    const nextStep = `Put a remote of that name into ${configFile} where the worker can read it; a live run goes on by itself then.`;
    return { type: 'StoreUnavailable', nextStep };
  }
  if (known?.of === 'rights') {
    const nextStep = `Grant what etcd-backup policy ${name} prints to the credentials of the remote.`;
    return { type: 'StoreDenied', nextStep };
  }
  if (known !== undefined) return known.of;
  // A command or a flag that this rclone does not know.
  if (exitCode === 2) return { type: 'StoreUnavailable', nextStep: `Install ${wanted}.` };
  return { type: 'StoreUnavailable' };
}

const space = 'Free space in the store or raise its quota; a live run goes on by itself.';

// In this order: what comes first is the nearer cause. The words are rclone's, of its backends and of the system.
const kinds: readonly {
  readonly pattern: RegExp;
  readonly of: FailureKind | 'config' | 'rights';
}[] = [
  { pattern: /section in config file|config(uration)? file|decrypt config/i, of: 'config' },
  { pattern: /corrupted on transfer|(hashes|sizes) differ/i, of: { type: 'ChecksumMismatch' } },
  {
    pattern:
      /no space left|disk quota|insufficient ?storage|(storage|quota)[ \w]* exceeded|(?<![-/\w])507(?![-/\w])/i,
    of: { type: 'StoreUnavailable', nextStep: space },
  },
  {
    pattern:
      /(?<![-/\w])40[13](?![-/\w])|access ?denied|permission denied|forbidden|unauthori[sz]ed|not permitted|read-only file system|invalid_grant|fetch token|SignatureDoesNotMatch|InvalidAccessKeyId|unable to authenticate/i,
    of: 'rights',
  },
  {
    pattern: /certificate signed by unknown authority|x509:/i,
    of: {
      type: 'StoreUnavailable',
      nextStep:
        'Give the authority as SSL_CERT_FILE to the worker; a live run goes on by itself then.',
    },
  },
];

const wanted = `rclone ${oldestRclone.join('.')} or newer on the PATH of the worker; a live run goes on by itself then`;

function unstarted({ name }: RcloneStoreOptions, code: string): Error {
  const observed =
    code === 'ENOENT' ? 'not found on the PATH of the worker' : `not started, ${code}`;
  return failure('StoreUnavailable', {
    observed: `program rclone: ${observed}, expected to run it`,
    where: { store: name },
    nextStep: `Install ${wanted}.`,
  });
}

/** The failure for a program that is too old, or that is no rclone. */
export function unsuitable({ name }: RcloneStoreOptions, version: string | undefined): Error {
  return failure('StoreUnavailable', {
    observed: `program rclone: ${version ?? 'says no version'}, expected ${oldestRclone.join('.')} or newer`,
    where: { store: name },
    nextStep: `Install ${wanted}.`,
  });
}
