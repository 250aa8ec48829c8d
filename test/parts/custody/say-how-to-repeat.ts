import type { CustodyRun } from './custody-run.ts';

/** Lets through what `carryOut` says is amiss in a run, and what it fails with: with how to see that one run again. */
export async function sayHowToRepeat(
  run: CustodyRun,
  carryOut: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const first = process.env['CUSTODY_FIRST_SEED'];
  const variable = first === undefined ? '' : `CUSTODY_FIRST_SEED=${first} `;
  const how = [run.title, `alone: ${variable}npx vitest run custody.test -t '${run.seed}$'`];
  const amiss = await carryOut().catch((error: unknown) => {
    throw new Error(how.join('\n'), { cause: error });
  });
  return amiss.length > 0 ? [...amiss, ...how] : [];
}
