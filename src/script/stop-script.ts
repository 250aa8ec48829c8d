import type { Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { assertTakeDirectory } from './take-name.ts';

/**
 * Stops a take's script and everything it started, and keeps it from being started later. Waits until all of it is gone.
 * Safe to repeat; nothing happens where the take has no directory.
 *
 * @throws `ConfigInvalid`, not retryable, when it is no directory of a take; `NodeUnreachable`, retryable, when a process is still there after a SIGKILL
 */
export async function stopScript(shell: NodeShell, take: Take, signal: AbortSignal): Promise<void> {
  assertTakeDirectory(take);
  const { exitCode, stderr } = await shell.run(['sh', '-c', stop, 'sh', take.directory], {
    signal,
  });
  if (exitCode !== 0) {
    throw failure('NodeUnreachable', {
      observed: `the script could not be stopped: ${stderr}`,
      where: { node: take.nodeName, directory: take.directory },
    });
  }
}

// Children may have left the script's process group; the working directory, whose name is this take's alone, gives them
// away. A disk without room for the marker must not keep them running. Seen from another pod that path has another beginning, so only its end is compared.
const stop = `
cd "$1" 2>/dev/null || exit 0
mkdir script 2>/dev/null
( : > script/stop ) 2>/dev/null
cd /
take=\${1##*/}
signal_all() {
  for cwd in /proc/[0-9]*/cwd; do
    case "$(readlink "$cwd")" in
      */"$take"|*/"$take"/*) pid=\${cwd#/proc/}; kill "-$1" "\${pid%/cwd}" 2>/dev/null && found=yes ;;
    esac
  done
}
attempt=0
while [ "$attempt" -lt 25 ]; do
  found=no
  if [ "$attempt" -lt 10 ]; then signal_all TERM; else signal_all KILL; fi
  [ "$found" = no ] && exit 0
  attempt=$((attempt + 1))
  sleep 0.2
done
echo "processes are still in $1" >&2
exit 1
`;
