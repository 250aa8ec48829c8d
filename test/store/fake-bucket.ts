import { createHash, randomUUID } from 'node:crypto';

import type { Answer, ServiceRequest } from './faulty-server.ts';

// What a bucket holds and how S3 answers, as far as our store asks. Strict where S3 is strict, unless told otherwise.

/** Where a fake bucket differs from S3. */
export interface BucketHabits {
  /**
   * `ignored`: any bytes are taken under any checksum; `unheeded`: so too, but one is told of the object; `unlisted`: heeded, but
   * never said again. @default 'enforced'
   */
  readonly checksums?: 'enforced' | 'ignored' | 'unheeded' | 'unlisted';
  /** Whether `If-None-Match` is heeded. @default true */
  readonly createOnly?: boolean;
  /** `missing`: the bucket was made without it; `ignored`: it is asked for and forgotten. @default 'enabled' */
  readonly objectLock?: 'enabled' | 'missing' | 'ignored';
  /** Whether encryption with a KMS key is given when asked for. @default true */
  readonly kms?: boolean;
  /** Parts but the last have at least this length. @default 5 MiB */
  readonly leastPartSizeBytes?: number;
}

type BucketRequest = ServiceRequest<S3Operation>;

export type S3Operation =
  | 'AbortMultipartUpload'
  | 'CompleteMultipartUpload'
  | 'CreateMultipartUpload'
  | 'GetObject'
  | 'GetObjectLockConfiguration'
  | 'HeadBucket'
  | 'HeadObject'
  | 'ListMultipartUploads'
  | 'ListObjectsV2'
  | 'ListParts'
  | 'PutObject'
  | 'UploadPart';

type Headers = Record<string, string>;

interface FakeObject {
  readonly bytes: Buffer;
  readonly headers: Headers;
}

interface FakeUpload {
  readonly id: string;
  readonly key: string;
  readonly startedMs: number;
  readonly headers: Headers;
  readonly parts: Map<number, { readonly bytes: Buffer; readonly etag: string }>;
}

/** Pages are this short, so that every listing has several. */
const pageLength = 2;

export class FakeBucket {
  readonly objects = new Map<string, FakeObject>();
  readonly uploads = new Map<string, FakeUpload>();
  readonly #habits: BucketHabits;

  constructor(habits: BucketHabits = {}) {
    this.#habits = habits;
  }

  answer(request: BucketRequest): Answer {
    return this[request.operation](request);
  }

  PutObject({ key, headers, body }: BucketRequest): Answer {
    if (this.#isTaken(key, headers)) return refusal(412, 'PreconditionFailed');
    if (this.#isDamaged(headers, body)) return refusal(400, 'BadDigest');
    const own = this.#ownHeaders(headers);
    if (own === undefined) return refusal(400, 'InvalidRequest');
    const checksum = { 'x-amz-checksum-sha256': base64(body) };
    this.objects.set(key, { bytes: body, headers: { ...own, ...checksum } });
    return { status: 200, headers: encryption(own) };
  }

  CreateMultipartUpload({ key, headers }: BucketRequest): Answer {
    const own = this.#ownHeaders(headers);
    if (own === undefined) return refusal(400, 'InvalidRequest');
    const id = randomUUID();
    const upload = { id, key, startedMs: Date.now(), headers: own, parts: new Map() };
    this.uploads.set(id, upload);
    const xml = `<UploadId>${id}</UploadId>`;
    return { ...document('InitiateMultipartUploadResult', xml), headers: encryption(own) };
  }

  UploadPart({ query, headers, body }: BucketRequest): Answer {
    const upload = this.#uploadOf(query);
    if (upload === undefined) return refusal(404, 'NoSuchUpload');
    if (this.#isDamaged(headers, body)) return refusal(400, 'BadDigest');
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    upload.parts.set(Number(query.get('partNumber')), { bytes: body, etag });
    const said = this.#habits.checksums ?? 'enforced';
    const checksum: Headers = said === 'enforced' ? { 'x-amz-checksum-sha256': base64(body) } : {};
    return { status: 200, headers: { etag, ...checksum } };
  }

  ListParts({ query }: BucketRequest): Answer {
    const upload = this.#uploadOf(query);
    if (upload === undefined) return refusal(404, 'NoSuchUpload');
    const after = Number(query.get('part-number-marker') ?? 0);
    const rest = [...upload.parts].sort(([a], [b]) => a - b).filter(([number]) => number > after);
    const page = rest.slice(0, pageLength);
    const parts = page.map(([number, { bytes, etag }]) => {
      const checksum =
        (this.#habits.checksums ?? 'enforced') === 'enforced'
          ? `<ChecksumSHA256>${base64(bytes)}</ChecksumSHA256>`
          : '';
      return `<Part><PartNumber>${number}</PartNumber><Size>${bytes.length}</Size><ETag>${escaped(etag)}</ETag>${checksum}</Part>`;
    });
    const next = truncation(rest.length > pageLength, {
      NextPartNumberMarker: String(page.at(-1)?.[0] ?? 0),
    });
    return document('ListPartsResult', parts.join('') + next);
  }

  CompleteMultipartUpload({ key, query, headers, body }: BucketRequest): Answer {
    const upload = this.#uploadOf(query);
    if (upload === undefined) return refusal(404, 'NoSuchUpload');
    if (this.#isTaken(key, headers)) return refusal(412, 'PreconditionFailed');
    const listed = [...body.toString().matchAll(/<Part>.*?<\/Part>/gs)].map(([xml]) => ({
      number: Number(/<PartNumber>(\d+)</.exec(xml)?.[1]),
      etag: unescaped(/<ETag>(.*?)</.exec(xml)?.[1] ?? ''),
    }));
    const parts = listed.map(({ number, etag }) => {
      const part = upload.parts.get(number);
      return part?.etag === etag ? part.bytes : undefined;
    });
    const bytes = parts.filter((part) => part !== undefined);
    if (bytes.length < parts.length) return refusal(400, 'InvalidPart');
    const least = this.#habits.leastPartSizeBytes ?? 5 * 1024 ** 2;
    if (bytes.slice(0, -1).some(({ length }) => length < least)) {
      return refusal(400, 'EntityTooSmall');
    }
    const whole = Buffer.concat(bytes);
    const size = headers['x-amz-mp-object-size'];
    if (size !== undefined && Number(size) !== whole.length) return refusal(400, 'InvalidRequest');
    const digests = Buffer.concat(bytes.map((part) => Buffer.from(base64(part), 'base64')));
    const checksum = `${base64(digests)}-${bytes.length}`;
    const { checksums = 'enforced' } = this.#habits;
    const isSaid = checksums === 'enforced' || checksums === 'unheeded';
    const said: Headers = isSaid ? { 'x-amz-checksum-sha256': checksum } : {};
    this.objects.set(key, { bytes: whole, headers: { ...upload.headers, ...said } });
    this.uploads.delete(upload.id);
    const xml = isSaid ? `<ChecksumSHA256>${checksum}</ChecksumSHA256>` : '';
    return document('CompleteMultipartUploadResult', xml);
  }

  AbortMultipartUpload({ query }: BucketRequest): Answer {
    const upload = this.#uploadOf(query);
    if (upload === undefined) return refusal(404, 'NoSuchUpload');
    this.uploads.delete(upload.id);
    return { status: 204 };
  }

  ListMultipartUploads({ query }: BucketRequest): Answer {
    const [key, id] = [query.get('key-marker') ?? '', query.get('upload-id-marker') ?? ''];
    const rest = [...this.uploads.values()]
      .filter((upload) => upload.key.startsWith(query.get('prefix') ?? ''))
      .sort((a, b) => (`${a.key} ${a.id}` < `${b.key} ${b.id}` ? -1 : 1))
      .filter((upload) => upload.key > key || (upload.key === key && upload.id > id));
    const page = rest.slice(0, pageLength);
    const uploads = page.map(
      ({ key, id, startedMs }) =>
        `<Upload><Key>${escaped(key)}</Key><UploadId>${id}</UploadId><Initiated>${new Date(startedMs).toISOString()}</Initiated></Upload>`,
    );
    const next = truncation(rest.length > pageLength, {
      NextKeyMarker: escaped(page.at(-1)?.key ?? ''),
      NextUploadIdMarker: page.at(-1)?.id ?? '',
    });
    return document('ListMultipartUploadsResult', uploads.join('') + next);
  }

  /** What S3 says to whoever shows no credentials; ours never do here. */
  HeadBucket(): Answer {
    return { status: 403 };
  }

  HeadObject({ key }: BucketRequest): Answer {
    const object = this.objects.get(key);
    if (object === undefined) return { status: 404 };
    const length = { 'content-length': String(object.bytes.length) };
    return { status: 200, headers: { ...object.headers, ...length } };
  }

  GetObject({ key, headers }: BucketRequest): Answer {
    const object = this.objects.get(key);
    if (object === undefined) return refusal(404, 'NoSuchKey');
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(headers['range'] ?? '') ?? [];
    const { bytes } = object;
    if (Number(from) >= bytes.length) return refusal(416, 'InvalidRange');
    const last = Math.min(Number(to), bytes.length - 1);
    const range = { 'content-range': `bytes ${from}-${last}/${bytes.length}` };
    return { status: 206, headers: range, body: bytes.subarray(Number(from), last + 1) };
  }

  ListObjectsV2({ query }: BucketRequest): Answer {
    const after = query.get('continuation-token') ?? '';
    const rest = [...this.objects]
      .filter(([key]) => key.startsWith(query.get('prefix') ?? '') && key > after)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const page = rest.slice(0, pageLength);
    const contents = page.map(
      ([key, { bytes }]) =>
        `<Contents><Key>${escaped(key)}</Key><Size>${bytes.length}</Size></Contents>`,
    );
    const next = truncation(rest.length > pageLength, {
      NextContinuationToken: escaped(page.at(-1)?.[0] ?? ''),
    });
    return document('ListBucketResult', contents.join('') + next);
  }

  GetObjectLockConfiguration(): Answer {
    if ((this.#habits.objectLock ?? 'enabled') === 'missing') {
      return refusal(404, 'ObjectLockConfigurationNotFoundError');
    }
    return document('ObjectLockConfiguration', '<ObjectLockEnabled>Enabled</ObjectLockEnabled>');
  }

  #uploadOf(query: URLSearchParams): FakeUpload | undefined {
    return this.uploads.get(query.get('uploadId') ?? '');
  }

  #isTaken(key: string, headers: BucketRequest['headers']): boolean {
    const heeded = this.#habits.createOnly ?? true;
    return heeded && headers['if-none-match'] === '*' && this.objects.has(key);
  }

  #isDamaged(headers: BucketRequest['headers'], body: Buffer): boolean {
    const announced = headers['x-amz-checksum-sha256'];
    const { checksums = 'enforced' } = this.#habits;
    const isHeeded = checksums === 'enforced' || checksums === 'unlisted';
    return isHeeded && announced !== undefined && announced !== base64(body);
  }

  /** What an object keeps of the request that made it; `undefined` where it asks for what the bucket has not. */
  #ownHeaders(headers: BucketRequest['headers']): Headers | undefined {
    const { objectLock = 'enabled', kms = true } = this.#habits;
    const own: Headers = {};
    for (const [name, value = ''] of Object.entries(headers)) {
      const isLock = name.startsWith('x-amz-object-lock-');
      if (isLock && objectLock === 'missing') return undefined;
      const isKept =
        name.startsWith('x-amz-meta-') ||
        (isLock && objectLock === 'enabled') ||
        (name.startsWith('x-amz-server-side-encryption') && kms);
      if (isKept) own[name] = value;
    }
    return own;
  }
}

/** An error as S3 says it. */
export function refusal(status: number, code: string): Answer {
  return {
    ...document('Error', `<Code>${code}</Code><Message>said by the store</Message>`),
    status,
  };
}

/** A success that says nothing. */
export function succeeded(): Answer {
  return document('Result', '');
}

function document(name: string, xml: string): Answer & { readonly body: string } {
  return { status: 200, body: `<?xml version="1.0" encoding="UTF-8"?><${name}>${xml}</${name}>` };
}

function truncation(isTruncated: boolean, next: Headers): string {
  const markers = Object.entries(next).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<IsTruncated>${isTruncated}</IsTruncated>${isTruncated ? markers.join('') : ''}`;
}

function encryption(own: Headers): Headers {
  const said = Object.entries(own).filter(([name]) => name.startsWith('x-amz-server-side'));
  return Object.fromEntries(said);
}

function base64(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function unescaped(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#34;', '"').replaceAll('&amp;', '&');
}
