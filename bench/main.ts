import { constants } from 'node:os';
import { parseArgs } from 'node:util';

import type { Bench, Findings } from './bench.ts';
import { report } from './report.ts';
import { benchGentle } from './gentle.ts';
import { benchMemory } from './memory.ts';
import { benchResume } from './resume.ts';
import { benchTransfer } from './transfer.ts';

const benches: Readonly<Record<string, (bench: Bench) => Promise<Findings>>> = {
  transfer: benchTransfer,
  memory: benchMemory,
  resume: benchResume,
  gentle: benchGentle,
};

const help = `npm run -s bench -- <name> [--json]

  transfer  from the script's end to the committed manifest, beside what a person does for the same end
  memory    what a backup adds to the memory of its worker, by the size of the snapshot
  resume    how many parts are sent again after the worker was killed
  gentle    what a transfer does to the writes of the live etcd

  --json    print one JSON object { name, figures, ratios } as the last line, instead of a table

Each takes six to twelve minutes on two cores and needs the machine for itself; bench/README.md says what the numbers mean.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [name = ''] = positionals;
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (values.help || bench === undefined || positionals.length > 1) {
  console.error(help);
  process.exit(values.help ? 0 : 2);
}

const began = performance.now();
const say = (line: string): void => {
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
  console.error(`bench ${seconds} s  ${line}`);
};
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    process.exitCode = 128 + constants.signals[signal];
    interrupted.abort(new Error(`interrupted by ${signal}`));
  });
}

try {
  const findings = await bench({ say, signal: interrupted.signal });
  console.log(report({ name, ...findings }, values.json));
} catch (error) {
  if (!interrupted.signal.aborted) throw error;
  say('interrupted; everything that was started has ended');
}
