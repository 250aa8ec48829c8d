import { z } from 'zod';

import type { KeptTake } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { findTakeDirectories } from './find-take-directories.ts';
import { keptRecord } from './keep-take-directory.ts';

/** Far more than a cluster of many nodes needs. */
const longestRecord = 1024 * 1024;

/** What the workflow goes by before anything is believed: another release's record is refused as a whole. */
const recordShape = z.custom<KeptTake>(
  (record) =>
    z
      .looseObject({
        version: z.literal(1),
        run: z.looseObject({ name: z.string(), id: z.string(), cluster: z.string() }),
        take: z.looseObject({ directory: z.string() }),
        verified: z.looseObject({ files: z.array(z.looseObject({ path: z.string() })).min(1) }),
      })
      .safeParse(record).success,
);

/**
 * Looks on a node for the files that a run kept there, and reads its record of them. Changes nothing. `undefined` where there are
 * none.
 *
 * @throws `ConfigInvalid`, not retryable, when the record is missing or of another release; `NodeUnreachable`, retryable
 */
export async function findKeptTake(
  shell: NodeShell,
  place: { readonly backupDirectory: string; readonly run: string },
  signal: AbortSignal,
): Promise<KeptTake | undefined> {
  const takes = await findTakeDirectories(shell, place.backupDirectory, signal);
  const directory = takes
    .filter(({ run, state }) => run === place.run && state === 'kept')
    .map((take) => take.directory)
    .at(-1);
  if (directory === undefined) return undefined;
  const where = { node: shell.nodeName, path: `${directory}/${keptRecord}` };
  const argv = ['head', '-c', String(longestRecord + 1), '--', where.path];
  const { exitCode, stdout } = await shell.run(argv, { maxBytes: longestRecord + 1, signal });
  const record = exitCode === 0 ? parse(stdout) : undefined;
  const isOwn = record?.run.name === place.run && record.take.directory === directory;
  if (record !== undefined && isOwn) return record;
  throw failure('ConfigInvalid', {
    observed: `record of the kept files: ${exitCode === 0 ? 'of another release, or cut short' : 'not there'}`,
    where,
    nextStep: 'Bring the files to a safe place by hand; docs/backup-format.md says what they are.',
  });
}

function parse(bytes: Buffer): KeptTake | undefined {
  try {
    return recordShape.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
