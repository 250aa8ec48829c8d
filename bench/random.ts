/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to below `limit`, which is at most 2^32. */
  below(limit: number): number;
  /** Bytes that no compressor makes smaller. */
  bytes(length: number): Buffer;
}

/** xorshift128, seeded with a whole number. @see https://www.jstatsoft.org/article/view/v008i14 */
export function seededRandom(seed: number): Random {
  let [x, y, z, w] = [seed ^ 0x9e3779b9, 362_436_069, 521_288_629, 88_675_123];
  const next = (): number => {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = (w ^ (w >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    return w;
  };
  for (let warmUp = 0; warmUp < 16; warmUp++) next();
  return {
    below: (limit) => Math.floor((next() / 2 ** 32) * limit),
    bytes: (length) => {
      const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
      for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(next(), at);
      return bytes.subarray(0, length);
    },
  };
}
