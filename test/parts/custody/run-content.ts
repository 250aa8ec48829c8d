import { contentOf } from '../../store/content.ts';
import type { CustodyRun } from './custody-run.ts';

// Ranges of the file are compressed one by one: both kinds come in the same session.
const stretchBytes = 3_000_000;

/** The bytes of a run's file, the same in every process. */
export function contentOfRun({ seed, sizeBytes, content }: CustodyRun): Buffer {
  const bytes = contentOf(seed, sizeBytes);
  if (content === 'random') return bytes;
  const step = content === 'text' ? stretchBytes : 2 * stretchBytes;
  for (let offset = 0; offset < sizeBytes; offset += step) {
    const line = `/registry/pods/${seed}/${offset} `;
    bytes.fill(line, offset, Math.min(sizeBytes, offset + stretchBytes));
  }
  return bytes;
}
