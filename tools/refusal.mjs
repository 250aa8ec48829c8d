/** An end that the person at the terminal can understand and mend: shown as its message, without a stack. */
export class Refusal extends Error {
  /** The exit code of the command: 1 failed, 2 used wrongly, 128 + n interrupted by signal n. */
  exitCode;

  constructor(message, exitCode = 1) {
    super(message);
    this.name = 'Refusal';
    this.exitCode = exitCode;
  }
}
