import { makeReader } from '../../transfer/seal-bench.ts';
import type { Reader } from '../../transfer/seal-bench.ts';
import type { CustodyGround, Wire } from './custody-ground.ts';
import type { CustodyRun } from './custody-run.ts';
import { contentOfRun } from './run-content.ts';
import { stageStore } from './staged-store.ts';
import type { StagedStore } from './staged-store.ts';

/** One run: its file is on the node, its store is empty, its faults are in force. */
export interface Scene extends AsyncDisposable {
  readonly ground: CustodyGround;
  readonly run: CustodyRun;
  readonly wire: Wire;
  readonly store: StagedStore;
  /** The file on the node, alone in its directory. */
  readonly path: string;
  readonly content: Buffer;
  /** Who can open it, where it is sealed. */
  readonly reader?: Reader;
  /** Notes what went wrong otherwise than by the faults of wire and store. */
  readonly note: (struck: string) => void;
  /** What went wrong so far, `<whose>: <what>`, each kind once. */
  readonly struck: () => readonly string[];
  /** Ends all faults of the node's connections. */
  readonly calm: () => void;
}

export async function stageRun(ground: CustodyGround, run: CustodyRun): Promise<Scene> {
  const { node } = ground;
  const directory = `/home/core/custody-${run.seed.replace(' ', '-')}.take`;
  const path = `${directory}/snapshot_1.db`;
  const content = contentOfRun(run);
  await node.writeFile(path, content);
  const store = await stageStore(run);
  const wire = await ground.openWire(path);
  const faults = run.wireFaults.map((each) => ({ each, handle: wire.disturb(each) }));
  const calm = () => faults.forEach(({ handle }) => handle.remove());
  const noted: string[] = [];
  return {
    ground,
    run,
    wire,
    store,
    path,
    content,
    ...(run.isSealed ? { reader: await makeReader() } : {}),
    note: (struck) => void noted.push(struck),
    struck: () => {
      const ofWire = faults.filter(({ handle }) => handle.strikes > 0);
      const kinds = ofWire.map(({ each }) => `connection: ${each.fault.fault}`);
      return [...new Set([...noted, ...kinds, ...store.struck()])];
    },
    calm,
    async [Symbol.asyncDispose]() {
      calm();
      await wire[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await node.run(['rm', '-rf', directory]);
    },
  };
}
