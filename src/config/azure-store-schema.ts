import { z } from 'zod';

import { azureAccessTiers } from '../store/azure-options.ts';
import type { AzureOptions } from '../store/azure-options.ts';
import {
  accountName,
  containerName,
  duration,
  endpointUrl,
  keyPrefix,
  keysOf,
  mapping,
  trueOrFalse,
  variableName,
  workerPath,
} from './fields.ts';

const credentials = z
  .strictObject(
    {
      variable: variableName
        .exactOptional()
        .meta({ description: 'The environment variable of the worker that holds it.' }),
      file: workerPath.exactOptional().meta({
        description: 'A file that holds it and nothing else, read anew for every call.',
      }),
    },
    { error: mapping('variable or file') },
  )
  .meta({
    description:
      'Where the worker finds a SAS token, an account key or a connection string; without it, the chain of `@azure/identity`. Never the secret itself.',
    oneOf: [{ required: ['variable'] }, { required: ['file'] }],
  })
  .transform(({ variable, file }, checked) => {
    if (checked.issues.length > 0) return z.NEVER;
    if (variable !== undefined && file === undefined) return { variable };
    if (file !== undefined && variable === undefined) return { file };
    checked.addIssue({
      code: 'custom',
      message: 'either variable or file',
      params: { got: keysOf({ variable, file }) },
    });
    return z.NEVER;
  });

const immutability = z
  .strictObject(
    {
      mode: z.enum(['unlocked', 'locked'], { error: 'unlocked or locked' }).meta({
        description:
          'Who may lift the policy: `unlocked`, who has a right to; `locked`, nobody at all.',
      }),
      retainFor: duration('1d').meta({
        description: 'How long each blob is kept from being changed or deleted, from its commit.',
      }),
    },
    { error: mapping('mode and retainFor') },
  )
  .meta({
    description:
      'Gives every blob an immutability policy. The container must have version-level immutability; one without it is refused.',
  })
  .transform(({ mode, retainFor }) => ({ mode, retainForMs: retainFor }));

/** A container of Azure Blob Storage. */
export const azureStoreSchema: z.ZodType<AzureOptions> = z
  .strictObject(
    {
      account: accountName.meta({ description: 'The storage account.' }),
      container: containerName.meta({ description: 'The container; it must exist.' }),
      prefix: keyPrefix.exactOptional().meta({
        description: 'Stands before every key, as `prefix/<cluster>/…`.',
      }),
      endpoint: endpointUrl.exactOptional().meta({
        description: "Where the account answers, when it is not Azure's public cloud.",
      }),
      pathStyle: trueOrFalse.exactOptional().meta({
        description:
          'Whether the account is named in the path instead of the host; emulators want it.',
      }),
      caFile: workerPath.exactOptional().meta({
        description:
          "A PEM file with the authorities that the endpoint's certificate is checked against, instead of the usual ones.",
      }),
      credentials: credentials.exactOptional(),
      immutability: immutability.exactOptional(),
      accessTier: z
        .enum(azureAccessTiers, { error: azureAccessTiers.join(', ') })
        .exactOptional()
        .meta({
          description: "The access tier of the files; small records stay in the account's default.",
        }),
    },
    { error: mapping('account, container and other keys') },
  )
  .meta({ description: 'A container of Azure Blob Storage.' });
