import { withLock } from './lock.ts';
import { requireRootOnLinux } from './machine/requirements.ts';
import { type Progress, progressToStderr } from './progress.ts';
import { labIsPresent, removeLab } from './remove-leftovers.ts';

/** Takes the lab down, whatever state it is in, and leaves no trace of it. Safe to repeat. */
export async function labDown(progress: Progress = progressToStderr()): Promise<void> {
  requireRootOnLinux();
  await withLock(progress, async () => {
    if (!(await labIsPresent())) {
      progress('there is no lab');
      return;
    }
    progress('taking the lab down');
    await removeLab();
    progress('the lab is gone');
  });
}
