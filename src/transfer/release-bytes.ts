/**
 * Gives the memory of bytes back at once, where they are all of it; they are empty afterwards. Left to the garbage collector, a
 * transfer's would be tens of megabytes before it looks, and it would look through all of the worker's heap for them.
 */
export function releaseBytes({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
