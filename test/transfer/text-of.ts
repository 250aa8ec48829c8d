import { contentOf } from '../store/content.ts';

/** Bytes that shrink to about a quarter, the same for the same seed in every process. */
export function textOf(seed: string, sizeBytes: number): Buffer {
  const words = contentOf(seed, Math.ceil(sizeBytes / 64) * 8);
  const lines = Array.from({ length: words.length / 8 }, (_, index) => {
    const word = words.subarray(index * 8, index * 8 + 8).toString('hex');
    return `{"kind":"ConfigMap","metadata":{"name":"${word}"},"data":{}}\n`.padStart(64);
  });
  return Buffer.from(lines.join('')).subarray(0, sizeBytes);
}
