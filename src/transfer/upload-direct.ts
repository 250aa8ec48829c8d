import type { StoredFile } from '../contracts/files.ts';
import { limitProgress } from './progress-limit.ts';
import { sendPartsDirectly } from './send-parts-directly.ts';
import type { DirectPartsOptions } from './send-parts-directly.ts';
import { uploadFile } from './upload-file.ts';
import type { UploadFileOptions } from './upload-file.ts';

/** Options of {@link uploadDirect}. */
export interface UploadDirectOptions
  extends
    Omit<UploadFileOptions, 'transform'>,
    Omit<DirectPartsOptions, 'file' | 'maxBytesPerSecond'> {
  /** Called with the reason when the rest goes through the worker. */
  readonly onRelay?: (reason: string) => void;
}

/**
 * Brings a file into a store as {@link uploadFile} does, its parts sent by the node itself as long as that works. What the node
 * cannot send, and the commit, are `uploadFile`'s: direct mode makes no backup fail that would pass without it. Safe to repeat
 * and to overlap itself and `uploadFile` from any worker.
 *
 * @throws what {@link sendPartsDirectly} and {@link uploadFile} fail with
 */
export async function uploadDirect(options: UploadDirectOptions): Promise<StoredFile> {
  {
    using limit = limitProgress({ ...options, what: `direct upload of ${options.file.name}` });
    const { sent = options.file, transfer } = options;
    const rate = transfer?.maxBytesPerSecond;
    const sending = {
      ...options,
      file: sent,
      ...(rate === undefined ? {} : { maxBytesPerSecond: rate }),
    };
    const reason = await sendPartsDirectly(sending, limit);
    if (reason !== undefined) options.onRelay?.(reason);
  }
  return await uploadFile(options);
}
