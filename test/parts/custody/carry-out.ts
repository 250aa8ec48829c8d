import { failureType } from '../../../src/contracts/failures.ts';
import { amissAfterGivingUp, amissInStore } from './amiss-in-store.ts';
import { amissOnNode } from './amiss-on-node.ts';
import { changingFile } from './change-file.ts';
import type { CustodyGround } from './custody-ground.ts';
import type { CustodyLog } from './custody-log.ts';
import type { CustodyRun } from './custody-run.ts';
import { inspect, upload } from './inspect-and-upload.ts';
import { stageRun } from './scene.ts';

/** Uploads, with all that goes wrong in the run, and says what is amiss afterwards, a line each. */
export async function carryOut(
  ground: CustodyGround,
  run: CustodyRun,
  log: CustodyLog,
): Promise<readonly string[]> {
  await using scene = await stageRun(ground, run);
  const file = await inspect(scene);
  const saidOfIt = await upload(scene, file);
  return [
    ...(await amissInStore(scene, saidOfIt)),
    ...(await amissOnNode(scene)),
    ...log.add(run, scene.struck()),
  ];
}

/**
 * The same where the file becomes another one. What arrives is what was inspected: its last bytes may have been on their way. Else
 * the upload fails, and leaves nothing but what the end of a run gives up.
 */
export async function carryOutChanging(
  ground: CustodyGround,
  run: CustodyRun,
  log: CustodyLog,
): Promise<readonly string[]> {
  await using scene = await stageRun(ground, run);
  const file = await inspect(scene);
  const saidOfIt = await upload(scene, file, changingFile(scene)).catch((error: unknown) => {
    if (failureType(error) !== 'FileChanged') throw error;
    scene.note('upload: ended by the change');
  });
  return [
    ...(saidOfIt ? await amissInStore(scene, saidOfIt) : await amissAfterGivingUp(scene)),
    ...(await amissOnNode(scene)),
    ...log.add(run, scene.struck()),
  ];
}
