/** Tells the person at the terminal something. On stderr: stdout belongs to the program that was asked for. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}
