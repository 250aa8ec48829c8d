import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

import { staticPodRevision } from './default-objects.ts';
import type { ClusterAccess } from './kubeconfig.ts';
import { writeNodeFiles } from './node-files.ts';
import { NodeMachine } from './node-machine.ts';

/** What the machine of a node is made from. */
export interface StartMachineOptions {
  /** The cluster's directory. */
  readonly directory: string;
  /** How the node's own script reaches the API server. */
  readonly access: ClusterAccess;
  readonly etcd?: { readonly endpoint: string; readonly dataDirectory?: string } | undefined;
  /** Binaries of this machine by their names in the node's /usr/local/bin. */
  readonly tools?: { readonly [name: string]: string } | undefined;
  readonly diskBytes?: number | undefined;
}

/**
 * Starts the machine of a control plane node, with everything on its disk that makes it one.
 *
 * @throws `Error` that says what is missing, when this machine cannot do that
 */
export async function startMachine(
  name: string,
  options: StartMachineOptions,
): Promise<NodeMachine> {
  const { directory, access, etcd, tools = {}, diskBytes = 1024 ** 3 } = options;
  const own = join(directory, name);
  const revision = staticPodRevision;
  await writeNodeFiles(join(own, 'seed'), { name, access, revision, etcdEndpoint: etcd?.endpoint });
  const binaries = Object.entries(tools).map(([tool, path]) => {
    requireExecutable(tool, path);
    return ['file', path, `/usr/local/bin/${tool}`] as const;
  });
  const { dataDirectory } = etcd ?? {};
  const database =
    dataDirectory === undefined ? [] : [['directory', dataDirectory, '/var/lib/etcd'] as const];
  try {
    return await NodeMachine.create({
      name,
      directory: own,
      diskBytes,
      binds: [...binaries, ...database],
    });
  } catch (error) {
    throw new Error(
      'the stand-in cluster needs user, mount and process namespaces without privileges ' +
        '(kernel.unprivileged_userns_clone, user.max_user_namespaces, ' +
        'kernel.apparmor_restrict_unprivileged_userns, and no masked /proc, as in a container): ' +
        (error instanceof Error ? error.message : String(error)),
      { cause: error },
    );
  }
}

function requireExecutable(tool: string, path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch (cause) {
    throw new Error(`tools.${tool}: ${path} is not there or cannot be executed`, { cause });
  }
}
