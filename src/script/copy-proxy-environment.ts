import type { Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { takeDirectory } from './take-directory.ts';

/**
 * Writes the cluster's proxy variables, upper and lower case, from the file that the machine-config-operator keeps on every
 * node into the take's environment file, 0600, and appends the node's own addresses to the exceptions. The values stay on the
 * node and in no command line; the names come back. Rewrites it when repeated; a node without a proxy gets an empty file.
 *
 * @see https://github.com/openshift/machine-config-operator/blob/4616b1afa1fee63dda38130fdc543ef828e6849c/templates/common/_base/files/etc-mco-proxy.yaml
 */
export async function copyProxyEnvironment(
  shell: NodeShell,
  take: Take,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { environment } = takeDirectory(take);
  const argv = ['sh', '-c', copy, 'sh', environment, source];
  const { exitCode, stdout } = await shell.run(argv, { signal });
  // What the shell says of a failed write may hold the text.
  if (exitCode !== 0) {
    throw failure('NodeDiskFull', {
      observed: 'the environment file could not be written',
      where: { node: take.nodeName, path: environment },
    });
  }
  return stdout
    .toString('utf8')
    .split('\n')
    .filter((name) => names.has(name));
}

const source = '/etc/mco/proxy.env';

const names: ReadonlySet<string> = new Set(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
);

// Only builtins see a value. A file of systemd's takes a value as it stands, but for quotes around all of it.
const copy = `
exec 2> /dev/null
HTTP_PROXY= HTTPS_PROXY= NO_PROXY=
if [ -f "$2" ]; then
  while IFS= read -r line || [ -n "$line" ]; do
    value=\${line#*=}
    case "$value" in '"'*'"'|"'"*"'") value=\${value#?}; value=\${value%?} ;; esac
    case "$line" in
      HTTP_PROXY=*) HTTP_PROXY=$value ;;
      HTTPS_PROXY=*) HTTPS_PROXY=$value ;;
      NO_PROXY=*) NO_PROXY=$value ;;
    esac
  done < "$2" || exit 1
fi
quote="'\\\\''"
write() {
  [ -n "$2" ] || return 0
  printf "%s='" "$1"
  rest=$2
  while :; do
    case "$rest" in
      *"'"*) printf '%s%s' "\${rest%%"'"*}" "$quote"; rest=\${rest#*"'"} ;;
      *) break ;;
    esac
  done
  printf "%s'\\n" "$rest"
}
if [ -n "$HTTP_PROXY$HTTPS_PROXY" ]; then
  for address in $(hostname -I) localhost 127.0.0.1; do
    case ",$NO_PROXY," in *",$address,"*) ;; *) NO_PROXY=\${NO_PROXY:+$NO_PROXY,}$address ;; esac
  done
else
  NO_PROXY=
fi
umask 077
{
  write HTTP_PROXY "$HTTP_PROXY" && write http_proxy "$HTTP_PROXY" &&
  write HTTPS_PROXY "$HTTPS_PROXY" && write https_proxy "$HTTPS_PROXY" &&
  write NO_PROXY "$NO_PROXY" && write no_proxy "$NO_PROXY"
} > "$1.new" && mv "$1.new" "$1" || exit 1
for name in HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  eval "[ -n \\"\\$$name\\" ]" && { echo "$name"; echo "$name" | tr '[:upper:]' '[:lower:]'; }
done
exit 0
`;
