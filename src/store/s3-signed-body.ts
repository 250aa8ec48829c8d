import type { UploadPartCommand } from '@aws-sdk/client-s3';

/**
 * Puts a part's SHA-256 into the signature of its request: every endpoint that checks signatures then refuses other bytes,
 * and the SDK need not compute it again.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function signBody(command: UploadPartCommand, sha256: string): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      if (typeof request === 'object' && request !== null && 'headers' in request) {
        Object.assign(request.headers ?? {}, { 'x-amz-content-sha256': sha256 });
      }
      return await next(args);
    },
    { step: 'build', name: 'signBody' },
  );
}
