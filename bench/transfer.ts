import type { Bench, Findings } from './bench.ts';
import type { Side } from './config-text.ts';
import { fillEtcd } from './fill-etcd.ts';
import { callPerson } from './person.ts';
import type { Person } from './person.ts';
import { seededRandom } from './random.ts';
import { runBackup, transferSeconds } from './run-backup.ts';
import { openBenchScene } from './scene.ts';
import type { BenchScene } from './scene.ts';
import { median, ratio, rounded } from './statistics.ts';
import { bytesFromNode } from './wire-bytes.ts';

const databaseBytes = 2 ** 30;
const rounds = 3;

const sides = {
  relay: {},
  relayUncompressed: { cluster: { transfer: { compression: 'off' } } },
  direct: { cluster: { transfer: { direct: true } } },
  sealed: { sealed: true },
} satisfies Record<string, Side>;

/** From the script's end to the committed manifest, beside what a person does for the same end. */
export async function benchTransfer(bench: Bench): Promise<Findings> {
  const { say } = bench;
  await using scene = await openBenchScene(bench, { sides });
  say('filling etcd with 1 GiB of objects');
  await fillEtcd(scene.lab, databaseBytes, seededRandom(1), scene.signal);
  const person = await callPerson(scene, say);
  await scene.startWorker();

  const seconds = new Map<string, number[]>();
  const wireBytes: number[] = [];
  const note = (name: string, value: number): void => {
    seconds.set(name, [...(seconds.get(name) ?? []), value]);
    say(`  ${name} ${value.toFixed(2)} s`);
  };
  say('once to warm up');
  await measureSide(scene, 'relay', say);
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`);
    await measurePerson(person, note);
    await scene.emptyStore();
    for (const name of Object.keys(sides)) {
      const measured = await measureSide(scene, name, say);
      note(name, measured.seconds);
      if (name === 'relay') wireBytes.push(measured.wireBytes);
    }
  }
  return findings(person, seconds, wireBytes);
}

async function measurePerson(
  person: Person,
  note: (name: string, seconds: number) => void,
): Promise<void> {
  const steps = [await person.copy(), await person.compare(), await person.upload()] as const;
  const [copy, compare, upload] = steps;
  note('kubectlCp', copy);
  note('byHandCompare', compare);
  note('byHandUpload', upload);
  note('byHand', copy + compare + upload);
  await person.tidy();
}

async function measureSide(
  scene: BenchScene,
  name: string,
  say: Bench['say'],
): Promise<{ readonly seconds: number; readonly wireBytes: number }> {
  const before = await bytesFromNode();
  const backup = await runBackup(scene, name);
  const wireBytes = (await bytesFromNode()) - before;
  const steps = Object.entries(backup.stepSeconds)
    .map(([step, seconds]) => `${step} ${seconds.toFixed(2)}`)
    .join(', ');
  say(`    ${steps}`);
  await scene.emptyStore();
  return { seconds: transferSeconds(backup), wireBytes };
}

function findings(
  { snapshotBytes }: Person,
  seconds: ReadonlyMap<string, readonly number[]>,
  wireBytes: readonly number[],
): Findings {
  const of = (name: string): readonly number[] => seconds.get(name) ?? [];
  const figures = [...seconds].map(([name, values]) => [
    `${name}Seconds`,
    rounded(median(values), 2),
  ]);
  return {
    figures: {
      snapshotMB: rounded(snapshotBytes / 1e6, 0),
      relayWireMB: rounded(median(wireBytes) / 1e6, 0),
      ...Object.fromEntries(figures),
    },
    ratios: {
      byHandToRelay: ratio(of('byHand'), of('relay')),
      byHandToRelayUncompressed: ratio(of('byHand'), of('relayUncompressed')),
      byHandToDirect: ratio(of('byHand'), of('direct')),
      kubectlCpToRelay: ratio(of('kubectlCp'), of('relay')),
      sealedToPlain: ratio(of('sealed'), of('relay')),
    },
  };
}
