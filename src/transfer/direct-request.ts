import type { PresignedPart } from '../store/backup-store.ts';

/**
 * A presigned request as lines of curl's configuration, which curl reads from a pipe: the only form in which one goes to a node.
 * Pure.
 *
 * @throws `TypeError`, which says nothing of the request, for what could be read as more than one line or value
 * @see https://curl.se/docs/manpage.html#-K
 */
export function directRequest({ url, headers }: PresignedPart): readonly string[] {
  if (!/^https?:\/\/[\x21\x23-\x5b\x5d-\x7e]+$/.test(url)) throw unfit('address');
  const lines = Object.entries(headers).map(([name, value]) => {
    if (!/^[a-z0-9-]+$/i.test(name)) throw unfit('header name');
    if (!/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(value)) throw unfit('header');
    return `header = "${name}: ${value}"`;
  });
  return [`url = "${url}"`, ...lines];
}

function unfit(what: string): Error {
  return new TypeError(`presigned part: a ${what} that cannot be sent`);
}
