import type { UploadPartCommand } from '@aws-sdk/client-s3';

/**
 * Puts what the signature is to say of a part's bytes into its request: their SHA-256, or `UNSIGNED-PAYLOAD`. The SDK need not
 * compute it again.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function signPayload(command: UploadPartCommand, payload: string): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      if (typeof request === 'object' && request !== null && 'headers' in request) {
        Object.assign(request.headers ?? {}, { 'x-amz-content-sha256': payload });
      }
      return await next(args);
    },
    { step: 'build', name: 'signPayload' },
  );
}
