/** What came of a part that the node sent. */
export interface PartAnswer {
  /** curl's; -1 where curl never ended. @see https://curl.se/libcurl/c/libcurl-errors.html */
  readonly exitCode: number;
  /** Of HTTP; 0 where nobody answered. */
  readonly status: number;
  /** The store's code for a refusal, where it said one. */
  readonly code?: string;
  readonly requestId?: string;
}

/**
 * What is to be done with a part:
 *
 * - `stored`: nothing, until the list of parts is looked at
 * - `signAnew`: its request may have expired
 * - `sendAgain`: what stood in its way may be over soon
 * - `damaged`: other bytes arrived than the announced ones
 * - `throughWorker`: the node will not get it there; who holds the credentials finds out whether anybody can
 */
export type PartVerdict = 'stored' | 'signAnew' | 'sendAgain' | 'damaged' | 'throughWorker';

/** Judges an answer. Pure. */
export function judgePart({ exitCode, status, code = '' }: PartAnswer): PartVerdict {
  // A server may refuse and hang up before it has the whole body: then the answer says more than curl's end.
  if (status >= 300) return judgeRefusal(status, code);
  if (exitCode === 0 && status >= 200) return 'stored';
  return hopeless.has(exitCode) ? 'throughWorker' : 'sendAgain';
}

/** An answer in words: for failures and warnings. */
export function describeAnswer({ exitCode, status, code, requestId }: PartAnswer): string {
  if (status < 300) return `curl on the node ended with ${exitCode}, HTTP status ${status}`;
  const id = requestId === undefined ? '' : `, request ${requestId}`;
  return `${code ?? 'refused'} (${status}${id})`;
}

function judgeRefusal(status: number, code: string): PartVerdict {
  if (damage.has(code)) return 'damaged';
  if (status === 401 || status === 403 || code === 'ExpiredToken') return 'signAnew';
  const isPassing = status === 408 || status === 409 || status === 429 || status >= 500;
  return isPassing || code === 'RequestTimeout' || code === 'IncompleteBody'
    ? 'sendAgain'
    : 'throughWorker';
}

const damage: ReadonlySet<string> = new Set([
  'BadDigest',
  'InvalidDigest',
  'XAmzContentChecksumMismatch',
  'XAmzContentSHA256Mismatch',
]);

// An option or an address that this curl does not know, a certificate that nobody trusts, no curl at all.
const hopeless: ReadonlySet<number> = new Set([2, 3, 4, 48, 51, 58, 60, 77, 127]);
