import { describe, expect, test } from 'vitest';

import type { Manifest } from '../../src/contracts/manifest.ts';
import { canonicalManifest, parseManifest } from '../../src/store/manifest.ts';
import { exampleManifest } from './example-manifest.ts';

describe('the bytes of a manifest', () => {
  test('are JSON that people can read, and end with a newline', () => {
    const text = canonicalManifest(exampleManifest).toString();
    expect(text).toMatch(/^\{\n {2}"format": "temporal-etcd-backup\/1",\n {2}"id": /);
    expect(text).toMatch(/[^\n]\n\}\n$/);
    expect(JSON.parse(text)).toEqual(exampleManifest);
  });

  test('are the same whatever the order of its fields was', () => {
    const shuffled: Manifest = JSON.parse(JSON.stringify(exampleManifest), (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toReversed())
        : value,
    );
    expect(Object.keys(shuffled)).not.toEqual(Object.keys(exampleManifest));
    expect(canonicalManifest(shuffled).equals(canonicalManifest(exampleManifest))).toBe(true);
  });

  test('are read back as they were written', () => {
    expect(parseManifest(canonicalManifest(exampleManifest))).toEqual(exampleManifest);
  });

  test('leave out what could not be known', () => {
    const { releaseImage, labels, ...known } = exampleManifest;
    expect([releaseImage, labels]).not.toContain(undefined);
    const text = canonicalManifest(known).toString();
    expect(text).not.toMatch(/releaseImage|labels|null/);
    expect(parseManifest(Buffer.from(text))).toEqual(known);
  });

  test('are never written with a field that would be lost', () => {
    const unknown = { ...exampleManifest, rehearsedAt: '2026-01-01T00:00:00Z' };
    expect(() => canonicalManifest(unknown)).toThrow(
      expect.objectContaining({ type: 'ManifestInvalid', nonRetryable: true }),
    );
  });
});

describe('a manifest that is read', () => {
  const text = canonicalManifest(exampleManifest).toString();
  const altered = (from: string | RegExp, to: string) => Buffer.from(text.replace(from, to));

  test('may have fields of a newer release', () => {
    const newer = altered('"reason":', '"rack": 7, "rehearsal": {}, "reason":');
    expect(newer.toString()).toContain('rehearsal');
    expect(parseManifest(newer)).toEqual(exampleManifest);
  });

  test.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /0 bytes, no JSON/],
    ['half of it', Buffer.from('{"format":'), /no JSON/],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /no JSON/],
    ['a list instead', Buffer.from('[]'), /manifest: .*expected object/],
    ['another format', altered('backup/1', 'backup/2'), /format: .*temporal-etcd-backup\/1/],
    ['a missing field', altered('"restore":', '"other":'), /manifest restore: /],
    ['a digest that is none', altered('c'.repeat(64), 'abc'), /manifest files\.0\.sha256: /],
    ['a time that is none', altered(/"2026[^"]+Z"/, '"yesterday"'), /manifest createdAt: /],
  ])('and has %s is refused, and says where', (_, bytes, message) => {
    expect(() => parseManifest(bytes)).toThrow(
      expect.objectContaining({
        type: 'ManifestInvalid',
        nonRetryable: true,
        message: expect.stringMatching(message),
      }),
    );
  });
});
