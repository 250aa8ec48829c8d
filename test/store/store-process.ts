import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

import type { BackupStore, UploadSession } from '../../src/store/backup-store.ts';
import { failureType } from '../../src/contracts/failures.ts';
import { contentOf, partOf, partsOf } from './content.ts';
import type { StoreModule } from './store-bench.ts';

// A worker's process, as far as a store sees it: `node store-process.ts MODULE LOCATION` reads one call per line, says
// when it begins it, and how it ended.

/** What such a process can be asked. */
export type StoreCall =
  | { readonly call: 'capabilities' }
  | { readonly call: 'begin'; readonly upload: Omit<UploadSession, 'uploadId'> }
  | {
      readonly call: 'putPart';
      readonly session: UploadSession;
      readonly seed: string;
      readonly number: number;
    }
  | { readonly call: 'listParts'; readonly session: UploadSession }
  | { readonly call: 'commit'; readonly session: UploadSession; readonly seed: string }
  | {
      readonly call: 'create';
      readonly key: string;
      readonly seed: string;
      readonly sizeBytes: number;
    };

/** What it says, a line each. */
export type StoreAnswer =
  | { readonly said: 'ready' | 'begun' }
  | { readonly said: 'done'; readonly result: unknown }
  | { readonly said: 'failed'; readonly type: string | undefined; readonly message: string };

const { signal } = new AbortController();

async function perform(store: BackupStore, asked: StoreCall): Promise<unknown> {
  if (asked.call === 'capabilities') return await store.capabilities(signal);
  if (asked.call === 'begin') return await store.begin(asked.upload, signal);
  if (asked.call === 'listParts') return await store.listParts(asked.session, signal);
  const content = contentOf(
    asked.seed,
    asked.call === 'create' ? asked.sizeBytes : asked.session.sizeBytes,
  );
  const begun = () => say({ said: 'begun' });
  if (asked.call === 'create') {
    begun();
    return await store.create(asked.key, content, signal);
  }
  if (asked.call === 'commit') {
    const list = partsOf(content, asked.session).map(({ part }) => part);
    begun();
    return await store.commit(asked.session, list, signal);
  }
  const { part, bytes } = partOf(content, asked.session, asked.number);
  begun();
  return await store.putPart(asked.session, part, bytes, signal);
}

function say(answer: StoreAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

if (import.meta.main) {
  const [module, location] = process.argv.slice(2);
  const { openStore }: StoreModule = await import(pathToFileURL(String(module)).href);
  const store = openStore(String(location));
  say({ said: 'ready' });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const asked: StoreCall = JSON.parse(line);
      say({ said: 'done', result: await perform(store, asked) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      say({ said: 'failed', type: failureType(error), message });
    }
  }
}
