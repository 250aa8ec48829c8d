import type { DirectEndpoint } from '../store/backup-store.ts';
import type { DirectLaneOptions } from './direct-lane.ts';

/** Options of {@link reachStore}. */
export interface ReachStoreOptions extends Pick<
  DirectLaneOptions,
  'shell' | 'takeDirectory' | 'environment'
> {
  readonly endpoint: DirectEndpoint;
  readonly signal: AbortSignal;
}

/** Who does not answer within this does not count as reached. */
const answerWithinSeconds = 5;

const program = `
exec 2>/dev/null
url=$1 environment=$2 seconds=$3 authorities=$4/authorities.$$
trap 'rm -f -- "$authorities"' EXIT
cat >"$authorities" || exit
if [ -f "$environment" ]; then set -a; . "$environment"; set +a; fi
set -- --disable --silent --globoff --http1.1 --tlsv1.2 --proto =http,https --max-time "$seconds"
[ ! -s "$authorities" ] || set -- "$@" --cacert "$authorities"
status=$(curl "$@" --head --output /dev/null --write-out '%{http_code}' "$url")
printf '%s %s\\n' "$?" "$status"
`;

/**
 * Asks a store from the node as parts would be sent: with its own curl, through the proxy that the take's environment says. Any
 * answer of HTTP will do; credentials are not asked for. Takes five seconds at most, and leaves nothing on the node.
 *
 * Returns curl's exit code, or the shell's where it came to no curl; 0 where somebody answered.
 *
 * @throws `NodeUnreachable` (retryable)
 */
export async function reachStore(options: ReachStoreOptions): Promise<number> {
  const { shell, endpoint, environment, takeDirectory, signal } = options;
  const { url, authorities = '' } = endpoint;
  const argv = [url, environment, String(answerWithinSeconds), takeDirectory];
  const { exitCode, stdout } = await shell.run(['sh', '-c', program, 'sh', ...argv], {
    stdin: Buffer.from(authorities),
    signal,
  });
  const [, ended, status] = /^(\d+) (\d{3})\n$/.exec(stdout.toString('latin1')) ?? [];
  if (ended === undefined) return exitCode === 0 ? noAnswer : exitCode;
  return ended === '0' && status === '000' ? noAnswer : Number(ended);
}

/** What curl ends with when the other side hangs up without an answer. */
const noAnswer = 52;
