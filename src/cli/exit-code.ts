/** How the command ends, for shells and schedulers; what each means stands in `--help` and `docs/command.md`. */
export const exitCode = {
  completed: 0,
  failed: 1,
  usage: 2,
  guardRefused: 3,
  completedWithLeftovers: 4,
  cancelled: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Each code in a few words. */
export const exitCodeMeaning: Readonly<Record<ExitCode, string>> = {
  0: 'completed',
  1: 'failed',
  2: 'usage or configuration is not valid',
  3: 'a guard refused the backup',
  4: 'completed, but something was left behind that waits for a person',
  130: 'cancelled, or no longer followed after Ctrl-C',
};
