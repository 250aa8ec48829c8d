/** The status message of a command that ended with this code. */
export function execStatus(exitCode: number): string {
  if (exitCode === 0) return JSON.stringify({ metadata: {}, status: 'Success' });
  return JSON.stringify({
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  });
}

/** The status message of a command that never ran. */
export function failureStatus(message: string): string {
  const prefix = 'Internal error occurred: ';
  return JSON.stringify({
    metadata: {},
    status: 'Failure',
    message: message.startsWith(prefix) ? message : `${prefix}${message}`,
    reason: 'InternalError',
    details: { causes: [{ message: message.replace(prefix, '') }] },
    code: 500,
  });
}
