import type { AttemptNews } from './attempt-process.ts';
import type { Death } from './draw-deaths.ts';
import { carrierOf } from './draw-wire-faults.ts';
import type { Scene } from './scene.ts';
import { startAttemptProcess } from './start-attempt-process.ts';
import { isTriedAgain, mostAttempts } from './try-again.ts';
import type { UploadAttempt } from './upload-attempt.ts';

/**
 * Lets a process work on the upload until it dies: another one, where it failed before. One that came to its end had no chance
 * to die.
 */
export async function dieOnce(
  scene: Scene,
  attempt: UploadAttempt,
  death: Death,
  onBegun: () => void,
): Promise<void> {
  let kill = async (): Promise<void> => {};
  if (death.at === 'request') {
    // Who asked is gone by the time it is done.
    scene.store.failOnce(death.operation, { before: async () => await kill() });
  }
  const work = async (): Promise<AttemptNews | 'killed'> => {
    const diesAt = death.at === 'progress' ? { diesAtBytes: death.bytesDone } : {};
    await using worker = startAttemptProcess({ ...attempt, ...diesAt }, onBegun);
    kill = worker.kill;
    const { afterBytes } = death.at === 'carriage' ? death : { afterBytes: Infinity };
    const stall = scene.wire.disturb({
      program: carrierOf(scene.run),
      fault: { fault: 'stall', afterBytes, times: 1 },
    });
    void stall.struck().then(kill);
    const end = await worker.end;
    stall.remove();
    return end;
  };
  for (let left = mostAttempts; left > 0; left -= 1) {
    const end = await work();
    if (end === 'killed') scene.note(`worker: killed at its ${death.at}`);
    if (end === 'killed' || end.said === 'stored') return;
    if (end.said !== 'failed') throw new Error(`it ended when it had said ${end.said}`);
    if (!isTriedAgain(end.type)) throw new Error(end.message);
  }
}
