import { failureType } from '../../../src/contracts/failures.ts';
import type { StoredFile } from '../../../src/contracts/files.ts';
import { openStore } from './store-place.ts';
import { attemptUpload } from './upload-attempt.ts';
import type { UploadAttempt } from './upload-attempt.ts';

// A worker's process, as far as one upload sees it: it is sent the attempt, and says how it ended. One that is to die when the
// store has so many bytes kills itself, so that not one more gets there.

/** What it says. */
export type AttemptNews =
  | { readonly said: 'ready' | 'begun' }
  | { readonly said: 'stored'; readonly stored: StoredFile }
  | { readonly said: 'failed'; readonly type: string | undefined; readonly message: string };

async function say(news: AttemptNews): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.send?.(news, undefined, undefined, () => resolve());
  await promise;
}

if (import.meta.main) {
  const asked = Promise.withResolvers<UploadAttempt>();
  process.once('message', asked.resolve);
  await say({ said: 'ready' });
  const attempt = await asked.promise;
  const { diesAtBytes = Infinity } = attempt;
  await say({ said: 'begun' });
  try {
    const stored = await attemptUpload(attempt, openStore(attempt.place), (bytesDone) => {
      if (bytesDone >= diesAtBytes) process.kill(process.pid, 'SIGKILL');
    });
    await say({ said: 'stored', stored });
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    await say({ said: 'failed', type: failureType(error), message });
  }
  process.disconnect();
}
