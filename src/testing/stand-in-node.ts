import type { Kubelet } from './kubelet.ts';
import type { Node } from './cluster-objects.ts';
import { condition } from './cluster-objects.ts';
import { encryptionConfig } from './encryption-config.ts';
import type { NodeCommandResult, NodeMachine } from './node-machine.ts';
import { kubeTime } from './object-meta.ts';
import { scriptFiles, scriptPaths } from './script-files.ts';
import { staticPodResources } from './static-pod-files.ts';
import { waitUntil } from './wait-until.ts';

/** Where the node's backup script can be made to wait, whichever release it is of. */
export type HoldPoint =
  /** After its own checks, before anything is read or written. */
  | 'start'
  /** The static kube resources are written, the snapshot is next. */
  | 'snapshot'
  /** Both files are written and checked, the success line is next. */
  | 'end';

/** Where the script waits now. */
export interface HeldScript {
  /** Its process id on the node. */
  readonly pid: number;
  readonly point: HoldPoint;
}

/**
 * A control plane node of the stand-in cluster: a root file system and processes of its own.
 *
 * /var is its disk, of limited size, and holds /home, /root and /usr/local, as on RHCOS; /run and /tmp last until the
 * next reboot. Of the machine under it, it has /usr (read-only, without /usr/local) and the network.
 */
export class StandInNode {
  readonly name: string;
  readonly #machine: NodeMachine;
  readonly #kubelet: Kubelet;
  readonly #object: Node;

  constructor(machine: NodeMachine, kubelet: Kubelet, object: Node) {
    this.name = machine.name;
    this.#machine = machine;
    this.#kubelet = kubelet;
    this.#object = object;
  }

  /** What /proc/sys/kernel/random/boot_id says there since its last start. */
  get bootId(): string {
    return this.#machine.bootId;
  }

  /**
   * Runs a command as the node's root, outside any pod. An exit code other than 0 is a result.
   *
   * @throws `Error` when the node is down
   */
  async run(
    argv: readonly string[],
    options: { readonly stdin?: string | Uint8Array } = {},
  ): Promise<NodeCommandResult> {
    return await this.#machine.run(argv, options);
  }

  /** The text of a file on the node. @throws `Error` when there is none */
  async readFile(path: string): Promise<string> {
    return await this.#must(['cat', '--', path]);
  }

  /** Writes a file on the node, with its directories. @default mode 0644 */
  async writeFile(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"';
    await this.#must(['bash', '-c', script, 'write', path, mode.toString(8)], content);
  }

  /** Removes files and directories on the node; those that are not there are no error. */
  async remove(...paths: readonly string[]): Promise<void> {
    await this.#must(['rm', '-rf', '--', ...paths]);
  }

  /** The absolute paths of everything below a directory, sorted; none when there is no such directory. */
  async find(directory: string): Promise<readonly string[]> {
    const { stdout } = await this.#machine.run(['find', `${directory}/`, '-mindepth', '1']);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace('//', '/'))
      .sort();
  }

  /** Puts the backup script of another release here, with what it sources, instead of the one that is there. */
  async installScript(version: string): Promise<void> {
    await this.remove(...scriptPaths);
    for (const { path, text, mode } of await scriptFiles(version)) {
      await this.writeFile(path, text, mode);
    }
  }

  /**
   * Makes kube-apiserver run at this revision, with these keys for encryption, the first of which writes; without keys
   * encryption is off. A revision that is not there yet is made like the one that runs. @default the one that runs
   */
  async setEncryptionConfig(keyNames: readonly string[], revision?: number): Promise<void> {
    const manifest = '/etc/kubernetes/manifests/kube-apiserver-pod.yaml';
    const pattern = /kube-apiserver-pod-(\d+)/g;
    const text = await this.readFile(manifest);
    const running = text.match(pattern)?.[0] ?? '';
    const wanted = revision === undefined ? running : `kube-apiserver-pod-${revision}`;
    const directory = `${staticPodResources}/${wanted}`;
    const copy = '[ -d "$2" ] || cp -R -p "$1" "$2"';
    await this.#must(['bash', '-c', copy, 'copy', `${staticPodResources}/${running}`, directory]);
    const path = `${directory}/secrets/encryption-config`;
    await this.remove(path);
    if (keyNames.length > 0) {
      await this.writeFile(`${path}/encryption-config`, encryptionConfig(keyNames), 0o600);
    }
    const moved = text.replaceAll(pattern, wanted);
    await this.writeFile(`${directory}/kube-apiserver-pod.yaml`, moved);
    await this.writeFile(manifest, moved);
  }

  /** The arguments of every start of the backup script on this node, oldest first: the script counts for itself. */
  async scriptStarts(): Promise<readonly string[]> {
    const { stdout } = await this.#machine.run(['cat', '/var/log/cluster-backup.starts']);
    const lines = stdout.split('\n').filter((line) => line !== '');
    return lines.map((line) => line.split(' ').slice(2).join(' '));
  }

  /** Makes the backup script wait at this point, also one that runs and has not passed it yet. */
  async holdScript(point: HoldPoint = 'snapshot'): Promise<void> {
    await this.writeFile('/etc/cluster-backup.hold', point);
  }

  /** Resolves once the backup script waits. @throws `Error` when it does not within 30 seconds */
  async scriptHeld(): Promise<HeldScript> {
    // A script that was killed while it waited has left the file behind.
    const script =
      'read -r pid point </run/cluster-backup.held && kill -0 "$pid" && echo "$pid $point"';
    return await waitUntil('backup script held', async () => {
      const { stdout } = await this.#machine.run(['bash', '-c', script]);
      const [, pid, point] = /^(\d+) (start|snapshot|end)\n$/.exec(stdout) ?? [];
      return pid === undefined || !isHoldPoint(point) ? undefined : { pid: Number(pid), point };
    });
  }

  /** Lets the backup script go on, and no longer makes it wait. Safe to repeat. */
  async releaseScript(): Promise<void> {
    await this.remove('/etc/cluster-backup.hold');
  }

  /** Fills the disk until `leaveBytes` are free: a write beyond that fails with ENOSPC. */
  async fillDisk({ leaveBytes = 0 }: { readonly leaveBytes?: number } = {}): Promise<void> {
    await this.freeDisk();
    const script = `available=$(($(stat -f -c '%a * %S' /var)))
fallocate -l "$((available - $1))" /var/filler`;
    await this.#must(['bash', '-c', script, 'fill', String(leaveBytes)]);
  }

  /** Takes back what {@link fillDisk} did. Safe to repeat. */
  async freeDisk(): Promise<void> {
    await this.remove('/var/filler');
  }

  /** Kills every process on the node at once. Its pods stay as they were; the API shows it as not ready. */
  async stop(): Promise<void> {
    await this.#machine.stop();
    this.#setReady('Unknown');
  }

  /** Boots a stopped node, under a new boot id: what ran on it has failed, what waited for it starts. */
  async start(): Promise<void> {
    await this.#machine.start();
    this.#object.status.nodeInfo.bootID = this.#machine.bootId;
    this.#setReady('True');
    await this.#kubelet.recover();
  }

  /** {@link stop}, then {@link start}. */
  async reboot(): Promise<void> {
    await this.stop();
    await this.start();
  }

  #setReady(status: 'True' | 'Unknown'): void {
    const ready = condition(this.#object.status.conditions, 'Ready');
    ready.status = status;
    ready.reason = status === 'True' ? 'KubeletReady' : 'NodeStatusUnknown';
    ready.lastTransitionTime = kubeTime(new Date());
  }

  async #must(argv: readonly string[], stdin: string | Uint8Array = ''): Promise<string> {
    const { exitCode, stdout, stderr } = await this.#machine.run(argv, { stdin });
    if (exitCode === 0) return stdout;
    throw new Error(`${argv.join(' ')} on ${this.name}: ${stderr.trim()} [exitCode=${exitCode}]`);
  }
}

function isHoldPoint(text: string | undefined): text is HoldPoint {
  return text === 'start' || text === 'snapshot' || text === 'end';
}
