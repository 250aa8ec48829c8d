import type { SshConfig } from '../config/config.ts';
import type { Access } from '../contracts/index.ts';

/** How a person works on a node: at its root shell, and from a second terminal. */
export interface ManualWay {
  /** From the desk to a root shell on the node. */
  readonly enter: readonly string[];
  /** What the second terminal needs first. */
  readonly reach: readonly string[];
  /** From the second terminal: a line of shell on the node, without single quotes. */
  readonly shell: (line: string) => string;
  /** From the second terminal: a file of the node on stdout. Its name may hold variables of that terminal. */
  readonly cat: (path: string) => string;
  /** From the root shell back to the desk. */
  readonly leave: readonly string[];
}

/** The way to a node that `access` stands for. */
export function manualWay(
  access: Access,
  nodeName: string,
  ssh: Pick<SshConfig, 'user' | 'hosts'> = { user: 'core' },
): ManualWay {
  if (access === 'debugPod') return debugPod(nodeName);
  if (access === 'local') return local(nodeName);
  const hosts = ssh.hosts ?? {};
  const host = Object.hasOwn(hosts, nodeName) ? hosts[nodeName] : undefined;
  return overSsh(`${ssh.user}@${host ?? nodeName}`);
}

function debugPod(nodeName: string): ManualWay {
  const list = `oc get pods -A --field-selector spec.nodeName=${nodeName} | grep -e -debug`;
  const exec = 'oc exec -n "$namespace" "$pod" -- chroot /host';
  return {
    enter: [
      `oc debug node/${nodeName}`,
      'chroot /host',
      'unset TMOUT  # oc debug ends an idle shell after 15 minutes, and the files would stay',
    ],
    reach: [list, 'read -r namespace pod  # the first two words of that line'],
    shell: (line) => `${exec} sh -c '${line}'`,
    cat: (path) => `${exec} cat "${path}"`,
    leave: [
      'exit  # of the node',
      'exit  # this ends the debug pod',
      `${list}  # nothing; else: oc delete pod -n NAMESPACE NAME`,
    ],
  };
}

function overSsh(destination: string): ManualWay {
  const run = `ssh ${destination}`;
  return {
    enter: [run, 'sudo -i'],
    reach: [],
    shell: (line) => `${run} "sudo -n sh -c '${line}'"`,
    cat: (path) => `${run} "sudo -n cat '${path}'"`,
    leave: ['exit  # of root', 'exit  # of the node'],
  };
}

function local(nodeName: string): ManualWay {
  return {
    enter: [`sudo -i  # on ${nodeName} itself`],
    reach: [],
    shell: (line) => `sudo -n sh -c '${line}'`,
    cat: (path) => `sudo -n cat "${path}"`,
    leave: ['exit'],
  };
}
