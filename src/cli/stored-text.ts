import { formatBytes } from '../contracts/index.ts';
import type { StoredFile } from '../contracts/index.ts';

type Stored = Pick<StoredFile, 'sha256' | 'storedSizeBytes' | 'storedSha256' | 'recipients'> & {
  readonly compression?: string;
};

/** How a file is stored that is not stored as the node had it: compressed, sealed for whom, as how much; nothing of another one. */
export function storedText(file: Stored): readonly string[] {
  const { sha256, storedSizeBytes, storedSha256, compression, recipients } = file;
  if (storedSha256 === sha256) return [];
  const how = [
    ...(compression === undefined ? [] : [compression]),
    ...(recipients === undefined ? [] : [`sealed for ${recipients.join(', ')}`]),
  ];
  return [`stored as ${[formatBytes(storedSizeBytes), ...how].join(', ')}, sha256 ${storedSha256}`];
}
