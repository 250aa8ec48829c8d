import { z } from 'zod';

import type { KeyReference, SigningConfig } from './config.ts';
import { keysOf, mapping, variableName, workerPath } from './fields.ts';

/** Where a key in PEM is: exactly one of two places. */
function keyReference(description: string): z.ZodType<KeyReference> {
  return z
    .strictObject(
      {
        file: workerPath.exactOptional().meta({ description: 'A PEM file, read anew each time.' }),
        variable: variableName
          .exactOptional()
          .meta({ description: 'The environment variable that holds the PEM text.' }),
      },
      { error: mapping('file or variable') },
    )
    .meta({ description, oneOf: [{ required: ['file'] }, { required: ['variable'] }] })
    .transform(({ file, variable }, checked) => {
      if (checked.issues.length > 0) return z.NEVER;
      if (file !== undefined && variable === undefined) return { file };
      if (variable !== undefined && file === undefined) return { variable };
      checked.addIssue({
        code: 'custom',
        message: 'either file or variable',
        params: { got: keysOf({ file, variable }) },
      });
      return z.NEVER;
    });
}

/** The keys of the manifests' signature, by reference: one of them at least. */
export const signingSchema: z.ZodType<SigningConfig> = z
  .strictObject(
    {
      privateKey: keyReference(
        'The Ed25519 key that workers sign manifests with, PKCS#8. Only workers need it.',
      ).exactOptional(),
      publicKeys: z
        .array(keyReference('An Ed25519 key, SPKI.'), { error: 'a list of public keys' })
        .min(1, { error: 'at least one public key' })
        .exactOptional()
        .meta({
          description:
            'The keys whose signatures are believed; without it, the public half of `privateKey`.',
        }),
    },
    { error: mapping('privateKey or publicKeys') },
  )
  .refine(({ privateKey, publicKeys }) => privateKey !== undefined || publicKeys !== undefined, {
    error: 'privateKey, publicKeys or both',
    params: { got: 'no key' },
  })
  .meta({
    description:
      'The signature of the manifests; without it, they are not signed, and are believed unverified.',
    anyOf: [{ required: ['privateKey'] }, { required: ['publicKeys'] }],
  });
