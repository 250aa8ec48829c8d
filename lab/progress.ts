/** Takes one line for a person who waits. */
export type Progress = (line: string) => void;

/** Prints each line to stderr, with the seconds since the first call of this function. */
export function progressToStderr(): Progress {
  const began = performance.now();
  return (line) => {
    const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5);
    process.stderr.write(`lab ${seconds} s  ${line}\n`);
  };
}
