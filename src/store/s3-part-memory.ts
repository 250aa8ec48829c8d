import type { UploadPart, UploadSession } from './backup-store.ts';
import type { ListedPart } from './s3-parts.ts';

/** The digests of the parts that this process stored itself. */
export interface PartMemory {
  remember(session: UploadSession, part: UploadPart, etag: string): void;
  /** The SHA-256 of a listed part, if it is the one that was stored here. */
  digestOf(session: UploadSession, part: ListedPart): string | undefined;
}

/**
 * For endpoints that do not list the checksums of parts: what was stored here is known by its tag. What another worker stored
 * there is not, and is sent again.
 */
export function rememberParts(): PartMemory {
  const digests = new Map<string, string>();
  const nameOf = ({ uploadId }: UploadSession, number: number, etag: string): string =>
    `${uploadId} ${number} ${etag}`;
  return {
    remember: (session, { number, sha256 }, etag) => {
      digests.set(nameOf(session, number, etag), sha256);
    },
    digestOf: (session, { number, etag }) => digests.get(nameOf(session, number, etag)),
  };
}
