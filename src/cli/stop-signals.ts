import { isatty } from 'node:tty';

const STDIN = 0;
const signalNumbers = { SIGINT: 2, SIGTERM: 15 } as const;
type StopSignal = keyof typeof signalNumbers;

/** Exit code of a process that a signal has ended, as shells count it. */
const SIGNAL_EXIT_BASE = 128;

/**
 * A Ctrl-C reaches a program twice when it runs below npm: from the terminal and again from npm.
 * A second signal within this time is the same key press.
 */
const SAME_PRESS_MS = 300;

/** The part of `process` that matters here. */
export interface SignalHost {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * Resolves with the name of the first SIGINT or SIGTERM, which asks for an orderly stop. The next
 * one ends the process at once.
 */
export function stopSignal(
  host: SignalHost,
  nowMs: () => number = performance.now.bind(performance),
): Promise<StopSignal> {
  let firstMs: number | undefined;
  return new Promise((resolve) => {
    const onSignal = (signal: StopSignal) => {
      if (firstMs === undefined) {
        firstMs = nowMs();
        resolve(signal);
      } else if (nowMs() - firstMs > SAME_PRESS_MS) {
        host.exit(SIGNAL_EXIT_BASE + signalNumbers[signal]);
      }
    };
    for (const name of Object.keys(signalNumbers) as StopSignal[]) {
      host.on(name, () => onSignal(name));
    }
  });
}

/** The part of `process` that matters for SIGHUP. */
export interface HangUpHost {
  readonly pid: number;
  on(signal: 'SIGHUP', listener: () => void): unknown;
  off(signal: 'SIGHUP', listener: () => void): unknown;
  kill(pid: number, signal: 'SIGHUP'): unknown;
}

/**
 * Calls `reload` at each SIGHUP. Where the process has a terminal and that has gone, this is what
 * the signal says, and it ends the process as it ends any other.
 */
export function onReloadSignal(
  host: HangUpHost,
  reload: () => void,
  hasTerminal: () => boolean = () => isatty(STDIN),
): void {
  const hadTerminal = hasTerminal();
  const listener = () => {
    if (!hadTerminal || hasTerminal()) return reload();
    host.off('SIGHUP', listener);
    host.kill(host.pid, 'SIGHUP');
  };
  host.on('SIGHUP', listener);
}
