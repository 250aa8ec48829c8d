import { z } from 'zod';

/** What we read of a `Status` object of the API. */
export interface ServerStatus {
  readonly status?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly details?:
    | {
        readonly causes?:
          | readonly {
              readonly reason?: string | undefined;
              readonly message?: string | undefined;
            }[]
          | undefined;
      }
    | undefined;
}

const schema: z.ZodType<ServerStatus> = z.object({
  status: z.string().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  details: z
    .object({
      causes: z
        .array(z.object({ reason: z.string().optional(), message: z.string().optional() }))
        .optional(),
    })
    .optional(),
});

/** A `Status` out of JSON text; `undefined` where it is none. */
export function parseStatus(text: string): ServerStatus | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What a server said, as one line of at most 240 printable characters. */
export function serverLine(text: string | undefined): string {
  const line = (text ?? '')
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .replaceAll(/:\/\/[^/@\s]*@/g, '://')
    .trim();
  return line.length > 240 ? `${line.slice(0, 239)}…` : line;
}
