import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

import { memberOf } from './etcd-node-files.ts';
import { writeNodeFiles } from './node-files.ts';
import type { NodeFilesOptions } from './node-files.ts';
import { NodeMachine } from './node-machine.ts';
import { isAtLeast } from './openshift-version.ts';

/** What the machine of a node is made from. */
export interface StartMachineOptions extends NodeFilesOptions {
  /** The cluster's directory. */
  readonly directory: string;
  /** Binaries of this machine that the node has, by their names. */
  readonly tools?: { readonly [name: string]: string } | undefined;
  readonly diskBytes?: number | undefined;
}

/**
 * Starts the machine of a control plane node, with everything on its disk that makes it one.
 *
 * @throws `Error` that says what is missing, when this machine cannot do that
 */
export async function startMachine(options: StartMachineOptions): Promise<NodeMachine> {
  const { name, nodeNames, version, directory, etcd, tools = {}, diskBytes = 1024 ** 3 } = options;
  const own = join(directory, name);
  await writeNodeFiles(join(own, 'seed'), options);
  // The scripts of 4.3 take etcdctl from an image; later ones leave it on the node.
  const place = isAtLeast(version, '4.4') ? '/usr/local/bin' : '/var/lib/stand-in/etcd-image/bin';
  const binaries = Object.entries(tools).map(([tool, path]) => {
    requireExecutable(tool, path);
    return ['file', path, `${place}/${tool}`] as const;
  });
  const { dataDirectory } = memberOf(etcd, nodeNames.indexOf(name));
  const database =
    dataDirectory === '' ? [] : [['directory', dataDirectory, '/var/lib/etcd'] as const];
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
