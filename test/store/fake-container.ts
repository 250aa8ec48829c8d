import { createHash } from 'node:crypto';

import type { Answer, ServiceRequest } from './faulty-server.ts';

// What a container holds and how Azure Blob Storage answers, as far as our store asks. Strict where Azure is, unless told otherwise.

/** Where a fake container differs from Azure. */
export interface ContainerHabits {
  /** `ignored`: any bytes are taken under any MD5. @default 'enforced' */
  readonly checksums?: 'enforced' | 'ignored';
  /** Whether `If-None-Match` is heeded: never, or by `Put Blob` alone. @default true */
  readonly createOnly?: boolean | 'blobs';
  /** `missing`: the container was made without it; `ignored`: it is asked for and forgotten. @default 'enabled' */
  readonly immutability?: 'enabled' | 'missing' | 'ignored';
}

export type AzureOperation =
  | 'Get Blob'
  | 'Get Blob Properties'
  | 'Get Block List'
  | 'List Blobs'
  | 'Put Blob'
  | 'Put Block'
  | 'Put Block List';

type ContainerRequest = ServiceRequest<AzureOperation>;
type Headers = Record<string, string>;

interface FakeBlock {
  readonly id: string;
  readonly bytes: Buffer;
}

interface FakeBlob {
  readonly bytes: Buffer;
  readonly headers: Headers;
  readonly blocks: readonly FakeBlock[];
}

/** Pages are this short, so that every listing has several. */
const pageLength = 2;

const operations: Readonly<
  Record<AzureOperation, (container: FakeContainer, request: ContainerRequest) => Answer>
> = {
  'Get Blob': (container, request) => container.getBlob(request),
  'Get Blob Properties': (container, request) => container.getBlobProperties(request),
  'Get Block List': (container, request) => container.getBlockList(request),
  'List Blobs': (container, request) => container.listBlobs(request),
  'Put Blob': (container, request) => container.putBlob(request),
  'Put Block': (container, request) => container.putBlock(request),
  'Put Block List': (container, request) => container.putBlockList(request),
};

export class FakeContainer {
  readonly blobs = new Map<string, FakeBlob>();
  /** By the name of the blob they are for, and their id. */
  readonly uncommitted = new Map<string, Map<string, FakeBlock>>();
  readonly #habits: ContainerHabits;

  constructor(habits: ContainerHabits = {}) {
    this.#habits = habits;
  }

  answer(request: ContainerRequest): Answer {
    return operations[request.operation](this, request);
  }

  putBlob({ key, headers, body }: ContainerRequest): Answer {
    const refused = this.#refuse(key, headers, this.#habits.createOnly !== false);
    if (refused !== undefined) return refused;
    if (this.#isDamaged(headers, body)) return refusal(400, 'Md5Mismatch');
    this.blobs.set(key, { bytes: body, headers: this.#ownHeaders(headers), blocks: [] });
    this.uncommitted.delete(key);
    return { status: 201 };
  }

  putBlock({ key, query, headers, body }: ContainerRequest): Answer {
    const id = query.get('blockid') ?? '';
    const blocks = this.uncommitted.get(key) ?? new Map<string, FakeBlock>();
    const isOddLength = [...blocks.keys()].some((other) => other.length !== id.length);
    if (isOddLength || Buffer.from(id, 'base64').length > 64) {
      return refusal(400, 'InvalidBlobOrBlock');
    }
    if (body.length === 0) return refusal(400, 'InvalidHeaderValue');
    if (this.#isKept(key)) return refusal(409, 'BlobImmutableDueToPolicy');
    if (this.#isDamaged(headers, body)) return refusal(400, 'Md5Mismatch');
    this.uncommitted.set(key, blocks.set(id, { id, bytes: body }));
    return { status: 201 };
  }

  putBlockList({ key, headers, body }: ContainerRequest): Answer {
    const refused = this.#refuse(key, headers, (this.#habits.createOnly ?? true) === true);
    if (refused !== undefined) return refused;
    const found = [...body.toString().matchAll(/<Latest>(.*?)<\/Latest>/g)].map(([, id = '']) =>
      this.uncommitted.get(key)?.get(id),
    );
    const blocks = found.filter((block) => block !== undefined);
    if (blocks.length < found.length) return refusal(400, 'InvalidBlockList');
    const bytes = Buffer.concat(blocks.map((block) => block.bytes));
    this.blobs.set(key, { bytes, headers: this.#ownHeaders(headers), blocks });
    this.uncommitted.delete(key);
    return { status: 201 };
  }

  getBlockList({ key, query }: ContainerRequest): Answer {
    const blob = this.blobs.get(key);
    const staged = [...(this.uncommitted.get(key)?.values() ?? [])];
    if (blob === undefined && staged.length === 0) return refusal(404, 'BlobNotFound');
    const type = query.get('blocklisttype') ?? 'committed';
    // In no order of time, as Azure gives none.
    const sorted = staged.sort((a, b) => (a.id < b.id ? -1 : 1));
    const xml = [
      ['CommittedBlocks', type === 'uncommitted' ? [] : (blob?.blocks ?? [])] as const,
      ['UncommittedBlocks', type === 'committed' ? [] : sorted] as const,
    ].map(([name, blocks]) => `<${name}>${blocks.map(blockXml).join('')}</${name}>`);
    return document('BlockList', xml.join(''));
  }

  getBlobProperties({ key }: ContainerRequest): Answer {
    const blob = this.blobs.get(key);
    if (blob === undefined) return { ...refusal(404, 'BlobNotFound'), body: '' };
    const length = { 'content-length': String(blob.bytes.length) };
    return { status: 200, headers: { ...blob.headers, ...length } };
  }

  getBlob({ key, headers }: ContainerRequest): Answer {
    const blob = this.blobs.get(key);
    if (blob === undefined) return refusal(404, 'BlobNotFound');
    const range = headers['x-ms-range'] ?? headers['range'] ?? '';
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    const { bytes } = blob;
    if (Number(from) >= bytes.length) return refusal(416, 'InvalidRange');
    const last = Math.min(Number(to), bytes.length - 1);
    return {
      status: 206,
      headers: { 'content-range': `bytes ${from}-${last}/${bytes.length}`, etag: '"0x1"' },
      body: bytes.subarray(Number(from), last + 1),
    };
  }

  listBlobs({ query }: ContainerRequest): Answer {
    const isUncommitted = query.get('include')?.includes('uncommittedblobs') === true;
    const names = [...this.blobs.keys(), ...(isUncommitted ? this.uncommitted.keys() : [])];
    const rest = [...new Set(names)]
      .filter((name) => name.startsWith(query.get('prefix') ?? ''))
      .filter((name) => name > (query.get('marker') ?? ''))
      .sort();
    const page = rest.slice(0, pageLength);
    const blobs = page.map(
      (name) =>
        `<Blob><Name>${name}</Name><Properties><Content-Length>${this.blobs.get(name)?.bytes.length ?? 0}</Content-Length></Properties></Blob>`,
    );
    const next = rest.length > pageLength ? page.at(-1) : '';
    return document(
      'EnumerationResults',
      `<Blobs>${blobs.join('')}</Blobs><NextMarker>${next}</NextMarker>`,
    );
  }

  /** Why a blob of that name cannot be made. */
  #refuse(
    key: string,
    headers: ContainerRequest['headers'],
    isHeeded: boolean,
  ): Answer | undefined {
    const asksForPolicy = headers['x-ms-immutability-policy-mode'] !== undefined;
    if (asksForPolicy && this.#habits.immutability === 'missing') {
      return refusal(400, 'InvalidHeaderValue');
    }
    const isTaken = this.blobs.has(key);
    if (isTaken && isHeeded && headers['if-none-match'] === '*') {
      return refusal(409, 'BlobAlreadyExists');
    }
    return this.#isKept(key) ? refusal(409, 'BlobImmutableDueToPolicy') : undefined;
  }

  #isKept(key: string): boolean {
    return this.blobs.get(key)?.headers['x-ms-immutability-policy-mode'] !== undefined;
  }

  #isDamaged(headers: ContainerRequest['headers'], body: Buffer): boolean {
    const announced = headers['content-md5'];
    const md5 = createHash('md5').update(body).digest('base64');
    return this.#habits.checksums !== 'ignored' && announced !== undefined && announced !== md5;
  }

  /** What a blob keeps of the request that made it. */
  #ownHeaders(headers: ContainerRequest['headers']): Headers {
    const own: Headers = {};
    for (const [name, value = ''] of Object.entries(headers)) {
      if (name.startsWith('x-ms-meta-')) own[name] = value;
      const isPolicy = name.startsWith('x-ms-immutability-policy-');
      // What is asked for with a capital is said without.
      if (isPolicy && this.#habits.immutability !== 'ignored') {
        own[name] = name.endsWith('-mode') ? value.toLowerCase() : value;
      }
    }
    return own;
  }
}

/** An error as Azure says it. */
export function refusal(status: number, code: string): Answer {
  return {
    ...document('Error', `<Code>${code}</Code><Message>said by the account</Message>`),
    status,
    headers: { 'x-ms-error-code': code, 'content-type': 'application/xml' },
  };
}

function document(name: string, xml: string): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="utf-8"?><${name}>${xml}</${name}>`,
  };
}

function blockXml({ id, bytes }: FakeBlock): string {
  return `<Block><Name>${id}</Name><Size>${bytes.length}</Size></Block>`;
}
