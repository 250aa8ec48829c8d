import type { Take } from '../contracts/index.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { processState } from './process-state.ts';
import { takeDirectory } from './take-directory.ts';

/**
 * Starts the vendor's script detached on the node: once per take, however often and from however many workers this is
 * called. The start that makes `script/` is the one that counts; all others end without a word. `argv` is the script with its
 * arguments; it runs in a working directory of the take's own.
 */
export async function startScript(
  shell: NodeShell,
  take: Take,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const supervise = ['sh', '-c', supervisor, 'sh', takeDirectory(take).root, ...argv];
  await shell.run(['setsid', '-f', ...supervise], { signal });
}

// A session of its own outlives the connection; its pid is the group that a stop ends. A stop that came first has either
// made script/ itself, or left script/stop to be seen here: in both cases the script never starts. A script may fill
// the disk: what is said of its end is written over bytes that are there already.
const supervisor = `
exec > /dev/null 2>&1 < /dev/null
cd "$1" || exit 1
shift
mkdir script || exit 0
${processState}
echo "$$ $(start_time $$) $(boot_id)" > script/process.new
mv script/process.new script/process
[ -s script/process ] || exit 1
[ -e script/stop ] && exit 0
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
now > script/started-at && now > script/finished-at && echo 'any' > script/exit-code.new || exit 1
mkdir work backup
cd work || exit 1
if [ -f ../environment ]; then set -a; . ../environment; set +a; fi
"$@" > ../script/log 2>&1
code=$?
cd ..
now 1<> script/finished-at
printf '%3d\\n' "$code" 1<> script/exit-code.new
mv script/exit-code.new script/exit-code
`;
