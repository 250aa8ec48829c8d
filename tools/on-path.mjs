import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

import { identityOf, isExecutable, notePath } from './paths.mjs';
import { isSuitable, wantedVersions } from './pins.mjs';
import { say } from './say.mjs';

/** Looks on PATH for a binary that serves as the tool, asks it for its version, and notes where it stands. */
export function adoptFromPath(pin) {
  if (!pin.ask) return;
  for (const path of candidates(pin)) {
    const version = versionSaidBy(pin, path);
    if (version && isSuitable(pin, version)) return adopt(pin, path, version);
    const what = version ? `is ${version}` : 'does not tell its version';
    say(`${path} ${what}, wanted ${wantedVersions(pin)}: not used.`);
  }
}

function candidates(pin) {
  const directories = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute);
  return [...new Set(directories)]
    .map((directory) => join(directory, pin.name))
    .filter(isExecutable);
}

function versionSaidBy(pin, path) {
  const { stdout, stderr } = spawnSync(path, pin.ask.args, { encoding: 'utf8', timeout: 10_000 });
  return pin.ask.answer.exec(`${stdout}\n${stderr}`)?.[1];
}

function adopt(pin, path, version) {
  const note = notePath(pin);
  mkdirSync(dirname(note), { recursive: true });
  writeFileSync(`${note}.${process.pid}`, JSON.stringify(identityOf(path)));
  renameSync(`${note}.${process.pid}`, note);
  say(`${pin.name}: using ${path}, version ${version}.`);
}
