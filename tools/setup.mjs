import { build, goProblem } from './go.mjs';
import { adoptFromPath } from './on-path.mjs';
import { oneAtATime } from './one-at-a-time.mjs';
import { cacheDirectory, installed } from './paths.mjs';
import { goVersionOf, pinOf, versionOf, wantedVersions } from './pins.mjs';
import { Refusal } from './refusal.mjs';
import { say } from './say.mjs';

/**
 * Makes sure that the named tools are there: a suitable one from PATH, else built from its pinned Go module into the
 * user's cache. Looks at a few files only when nothing is missing. Safe to repeat, to interrupt and to run twice at once.
 */
export async function setUp(names) {
  const missing = () => names.map(pinOf).filter((pin) => !installed(pin));
  if (missing().length === 0) return;
  const onWait = () => say('Another setup is at work, waiting for it.');
  await oneAtATime(`setup ${cacheDirectory()}`, () => provide(missing), { onWait });
}

async function provide(missing) {
  missing().forEach(adoptFromPath);
  const toBuild = missing();
  if (toBuild.length === 0) return;
  const problem = goProblem(toBuild[0]);
  if (problem) throw new Refusal(withoutGo(toBuild, problem));
  say(plan(toBuild));
  for (const pin of toBuild) await buildAloud(pin);
}

async function buildAloud(pin) {
  const startedAt = performance.now();
  await build(pin);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  say(`  ${pin.name} ${versionOf(pin)} is ready, after ${seconds} s`);
}

function plan(pins) {
  const list = pins.map((pin) => `${pin.name} ${versionOf(pin)}`).join(', ');
  const seconds = pins.reduce((sum, pin) => sum + pin.seconds, 0);
  const time = seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
  return `Building ${list} into ${cacheDirectory()}: once, up to ${time} on two cores and longer when Go has to download.`;
}

function withoutGo(pins, problem) {
  const onPath = pins.filter((pin) => pin.ask);
  return [
    `${problem}, and these are missing:`,
    ...pins.map((pin) => `  ${pin.name} ${wantedVersions(pin)}`),
    `Either install Go ${goVersionOf(pins[0])} or newer (https://go.dev/doc/install) and run this again: it builds them.`,
    ...(onPath.length > 0 ? [`Or put ${inWords(onPath)} of these versions on PATH.`] : []),
    ...pins.filter((pin) => !pin.ask).map((pin) => `(${pin.name} always needs Go.)`),
  ].join('\n');
}

function inWords(pins) {
  return pins.map((pin) => pin.name).join(', ');
}
