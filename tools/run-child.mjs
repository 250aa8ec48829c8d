import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** npm and a shell pass on what their group was sent already: the same signal again within this time is an echo. */
const echoMs = 500;

/**
 * Runs a program to its end, on this process's own stdin, stdout and stderr unless `options` say otherwise.
 *
 * A SIGINT, SIGTERM or SIGHUP for this process reaches the program once, and this process waits for what the
 * program makes of it. `exitCode` is the program's own, 128 + n when signal n ended it; `interrupted` is 128 + n when
 * this process was sent signal n meanwhile.
 */
export function runChild(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    // A terminal sends Ctrl-C to all of its foreground group. Elsewhere the program gets a group of its own, so that
    // a signal for this process's group comes to it through this process alone.
    const sharesTerminal = isForeground();
    const child = spawn(file, args, { stdio: 'inherit', ...options, detached: !sharesTerminal });
    const signals = passOn((signal) => {
      if (!(sharesTerminal && signal === 'SIGINT')) child.kill(signal);
    });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr?.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => {
      signals.stop();
      reject(error);
    });
    child.on('close', (code, signal) => {
      signals.stop();
      const exitCode = code ?? codeOf(signal);
      resolve({ exitCode, output, interrupted: signals.received && codeOf(signals.received) });
    });
  });
}

/** Hands each signal to `handle`, echoes left out, until `stop`. */
function passOn(handle) {
  const last = new Map();
  const on = (signal) => {
    signals.received = signal;
    const now = performance.now();
    if (now - (last.get(signal) ?? -Infinity) < echoMs) return;
    last.set(signal, now);
    handle(signal);
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of names) process.on(name, on);
  const stop = () => names.forEach((name) => process.off(name, on));
  const signals = { received: undefined, stop };
  return signals;
}

function codeOf(signal) {
  return 128 + constants.signals[signal];
}

/** Whether a terminal's Ctrl-C comes to this process. */
function isForeground() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // After the name in parentheses: state, parent, group, session, terminal, foreground group of the terminal.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY || false;
  }
}
