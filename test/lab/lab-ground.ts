import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { labDown, labUp } from '../../lab/index.ts';
import type { Lab } from '../../lab/index.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { startPod } from '../parts/custody/custody-ground.ts';
import type { CustodyGround, Wire } from '../parts/custody/custody-ground.ts';
import { startFaultyRelay } from './faulty-relay.ts';

/** The lab, as a ground for runs. */
export interface LabGround extends CustodyGround, AsyncDisposable {
  /** Ends the debug pod. Safe to repeat. */
  endPod(): Promise<void>;
}

/** The lab of this checkout with a debug pod on its real kubelet; disposing takes it down. */
export async function openLabGround(): Promise<LabGround> {
  const parts = new AsyncDisposableStack();
  try {
    await labDown();
    parts.defer(async () => await labDown());
    const lab = await labUp();
    const directory = await temporaryDirectory('lab-ground');
    parts.defer(async () => await rm(directory, { recursive: true, force: true }));
    const straight = { kubeconfig: { file: lab.backupKubeconfigPath } };
    const pod = await startPod(straight, {
      namespace: lab.backupNamespace,
      nodeName: lab.nodeName,
      image: lab.etcdImage,
    });
    const endPod = async () => await pod[Symbol.asyncDispose]();
    parts.defer(endPod);
    return {
      node: {
        run: async (argv, options) => await lab.exec(argv, options),
        writeFile: async (path, bytes) => {
          await mkdir(dirname(lab.nodePath(path)), { recursive: true });
          await writeFile(lab.nodePath(path), bytes);
        },
      },
      session: pod.session,
      programsEnd: 'withPod',
      endPod,
      openWire: async () => await openWire(lab, directory),
      [Symbol.asyncDispose]: async () => await parts.disposeAsync(),
    };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

/** A way of its own to the API server. Faults are of its connections, whatever is said over them: it is TLS. */
async function openWire(lab: Lab, directory: string): Promise<Wire> {
  const relay = await startFaultyRelay({ host: lab.nodeAddress, port: 6443 });
  const kubeconfig = await readFile(lab.backupKubeconfigPath, 'utf8');
  const file = join(directory, `${relay.port}.kubeconfig`);
  const here = `https://127.0.0.1:${relay.port}`;
  await writeFile(file, kubeconfig.replace(lab.apiServerUrl, here), { mode: 0o600 });
  return {
    connection: { kubeconfig: { file } },
    disturb: ({ fault }) => relay.fail(fault),
    openExecs: () => relay.open(),
    [Symbol.asyncDispose]: async () => await relay.close(),
  };
}
