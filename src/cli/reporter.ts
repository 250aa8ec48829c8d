import { createLogUpdate } from 'log-update';
import { styleText } from 'node:util';

import { changes } from './changes.ts';
import { renderEnd } from './render-end.ts';
import { renderJson, renderJsonEnd } from './render-json.ts';
import { renderLines } from './render-lines.ts';
import { renderLive } from './render-live.ts';
import type { RunEnd } from './run-end.ts';
import type { RunPlace } from './run-place.ts';
import type { RunView } from './run-view.ts';

/** Where a run is told: to a terminal, to a log, or to a program. */
export interface Reporter {
  /** Something to know besides the steps; programs get `event`, people `words`. */
  say(words: string, event: Readonly<Record<string, unknown>>): void;
  show(view: RunView): void;
  end(end: RunEnd, place: RunPlace): void;
}

/** JSON lines on stdout when asked for; else a live table where stdout is a terminal, and plain lines elsewhere. */
export function chooseReporter(cluster: string, json: boolean): Reporter {
  if (json) return jsonReporter();
  return process.stdout.isTTY ? liveReporter(cluster) : linesReporter();
}

function jsonReporter(): Reporter {
  let before: RunView | undefined;
  return {
    say(words, event) {
      process.stderr.write(`${words}\n`);
      process.stdout.write(`${JSON.stringify(event)}\n`);
    },
    show(view) {
      for (const change of changes(before, view)) process.stdout.write(`${renderJson(change)}\n`);
      before = view;
    },
    end(end, place) {
      process.stderr.write(`${renderEnd(end, place)}\n`);
      process.stdout.write(`${renderJsonEnd(end)}\n`);
    },
  };
}

function linesReporter(): Reporter {
  let before: RunView | undefined;
  return {
    say: (words) => process.stdout.write(`${words}\n`),
    show(view) {
      for (const line of renderLines(changes(before, view), Date.now())) {
        process.stdout.write(`${line}\n`);
      }
      before = view;
    },
    end: tellEnd,
  };
}

function liveReporter(cluster: string): Reporter {
  const live = createLogUpdate(process.stdout);
  const words: string[] = [];
  let last: RunView | undefined;
  const draw = (): void => {
    if (last === undefined) return;
    const table = renderLive(cluster, last, {
      now: Date.now(),
      columns: process.stdout.columns,
      paint: (colour, text) => styleText(colour, text, { stream: process.stdout }),
    });
    live([...words, '', table].join('\n'));
  };
  return {
    say(said) {
      if (last === undefined) process.stdout.write(`${said}\n`);
      else words.push(said);
      draw();
    },
    show(view) {
      last = view;
      draw();
    },
    end(end, place) {
      live.done();
      process.stdout.write('\n');
      tellEnd(end, place);
    },
  };
}

// A result is what was asked for; an error belongs where errors go.
function tellEnd(end: RunEnd, place: RunPlace): void {
  const stream = end.kind === 'completed' ? process.stdout : process.stderr;
  stream.write(`${renderEnd(end, place)}\n`);
}
