import { createInterface } from 'node:readline/promises';

/**
 * Asks once on the terminal; anything but yes is no. Rejects with the signal's reason when it aborts, and calls `interrupted`
 * for a Ctrl-C, which the terminal gives to whoever reads a line.
 */
export async function confirm(
  question: string,
  options: { readonly signal: AbortSignal; readonly interrupted: () => void },
): Promise<boolean> {
  const { signal, interrupted } = options;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.on('SIGINT', interrupted);
  // A terminal that goes away answers nothing.
  const closed = new Promise<string>((resolve) => terminal.on('close', () => resolve('')));
  try {
    const asked = terminal.question(`${question} [y/N] `, { signal });
    const answer = await Promise.race([asked, closed]);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    terminal.close();
  }
}
