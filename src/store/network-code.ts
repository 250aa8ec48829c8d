/** Codes of the network and of TLS, apart from those that tell of a mistake in a program. */
const network =
  /^(E(?!RR_)[A-Z0-9_]+|ERR_(TLS|SSL|HTTP|STREAM_PREMATURE)\w*|(CERT|DEPTH_ZERO|HPE|SELF_SIGNED|UNABLE_TO)_\w+|HOSTNAME_MISMATCH)$/;

/** The code of an error that the way to a server met, such as `ECONNRESET`; `undefined` for any other error. */
export function networkCode(error: Error): string | undefined {
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && network.test(code) ? code : undefined;
}

/** What a server's certificate, signed by an authority of its owner's, is refused with. */
export function isUnknownAuthority(code: string): boolean {
  return unknownAuthorities.has(code);
}

const unknownAuthorities: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What to do about it. */
export const authorityStep: string =
  'Give the authority that signed the certificate of the endpoint as caFile; a live run goes on by itself then.';
