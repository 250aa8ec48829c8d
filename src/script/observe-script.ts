import type { Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { processState } from './process-state.ts';

/** Where the script of a take is, as its directory on the node tells. */
export interface ScriptState {
  /**
   * `absent`: never started. `starting`: a start has won, its process is not written down yet. `died`: gone without an exit
   * code.
   */
  readonly state: 'absent' | 'starting' | 'running' | 'ended' | 'died';
  /** Of the log and of the files so far: change while there is progress. */
  readonly logBytes: number;
  readonly fileBytes: number;
  /** What is free on the file system of the take's directory; 0 where that is gone. */
  readonly freeBytes: number;
}

/**
 * Reads the state of a take's script. Changes nothing on the node. With `waitMs` it waits there so long at most for the end of a
 * script that runs, so that the end is seen at once and without a look every moment.
 */
export async function observeScript(
  shell: NodeShell,
  take: Take,
  signal: AbortSignal,
  waitMs = 0,
): Promise<ScriptState> {
  const looks = String(Math.ceil(waitMs / lookEveryMs));
  const argv = ['sh', '-c', observe, 'sh', take.directory, looks];
  const { stdout } = await shell.run(argv, { signal });
  const [state = '', logBytes, fileBytes, freeKiB] = stdout.toString().trim().split(' ');
  if (!isState(state)) {
    throw failure('NodeUnreachable', {
      observed: `the state of the script could not be read: got '${state}'`,
      where: { node: take.nodeName, directory: take.directory },
    });
  }
  return {
    state,
    logBytes: Number(logBytes),
    fileBytes: Number(fileBytes),
    freeBytes: Number(freeKiB) * 1024,
  };
}

const states = ['absent', 'starting', 'running', 'ended', 'died'] as const;

function isState(word: string): word is ScriptState['state'] {
  return states.some((state) => state === word);
}

const lookEveryMs = 100;

// The script of 4.3.0 writes its snapshot below its working directory first. The exit code is looked for again after the process was found gone: it may have ended in between.
const observe = `
cd "$1" 2>/dev/null || { echo "died 0 0 0"; exit 0; }
${processState}
state() {
  [ -d script ] || { echo absent; return; }
  [ -f script/exit-code ] && { echo ended; return; }
  [ -f script/process ] || { echo starting; return; }
  alive && { echo running; return; }
  [ -f script/exit-code ] && echo ended || echo died
}
looks=$2
while [ "$looks" -gt 0 ] && [ -f script/process ] && [ ! -f script/exit-code ] && alive; do
  sleep ${lookEveryMs / 1000} </dev/null
  looks=$((looks - 1))
done
bytes() {
  sum=0
  for file in "$@"; do [ -f "$file" ] && sum=$((sum + $(stat -c %s "$file"))); done
  echo "$sum"
}
free() { df -Pk . | tail -n 1 | { read -r _ _ _ free _; echo "$free"; }; }
echo "$(state) $(bytes script/log) $(bytes backup/* work/assets/tmp/*) $(free)"
`;
