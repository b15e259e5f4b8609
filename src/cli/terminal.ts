import type { Readable, Writable } from 'node:stream';
import type { connect } from '../client/client.ts';

/** What a command sees of the world; tests give it another one. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly connect: typeof connect;
  /** From the call on, Ctrl-C and SIGTERM abort this signal instead of ending the process. */
  interruption(): AbortSignal;
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => controller.abort());
  return controller.signal;
}

/** The world of a process; the client is loaded when the first connection needs it. */
export function processTerminal(): Terminal {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    connect: async (...parameters) => (await import('../client/client.ts')).connect(...parameters),
    interruption,
  };
}

/** Colour is for terminals of people who have not switched it off (no-color.org). */
export function wantsColor(
  stream: { readonly isTTY?: boolean },
  environment: Terminal['environment'],
): boolean {
  const refused = (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  return stream.isTTY === true && !refused;
}
