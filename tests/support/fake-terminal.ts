import { Readable, Writable } from 'node:stream';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { Client } from '../../src/client/client.ts';

/** A terminal whose output can be read, with a client that is made of the given parts. */
export interface FakeTerminal extends Terminal {
  readonly output: () => string;
  readonly errors: () => string;
  /** Addresses that were connected to. */
  readonly connections: readonly string[];
  /** Tokens that were given with them. */
  readonly tokens: readonly (string | undefined)[];
  /** Acts like Ctrl-C in a command that listens for it. */
  readonly interrupt: () => void;
}

/** What a test wants to differ; no terminal, no input, no environment otherwise. */
export interface FakeTerminalOptions {
  readonly client?: object;
  readonly input?: Iterable<string | Buffer>;
  readonly environment?: Record<string, string>;
  readonly isTerminal?: boolean;
}

class TextSink extends Writable {
  text = '';
  readonly isTTY: boolean;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A terminal for tests of commands, in this process and without a broker. */
export function fakeTerminal(options: FakeTerminalOptions = {}): FakeTerminal {
  const { client = {}, input = [], environment = {}, isTerminal = false } = options;
  const stdout = new TextSink(isTerminal);
  const stderr = new TextSink(isTerminal);
  const chunks = Array.from(input, (chunk) => Buffer.from(chunk));
  const connections: string[] = [];
  const tokens: (string | undefined)[] = [];
  const interruption = new AbortController();
  return {
    stdin: Readable.from(chunks),
    stdout,
    stderr,
    environment,
    connect: async (url, connectOptions) => {
      connections.push(String(url));
      tokens.push(connectOptions?.token);
      return { close: async () => {}, ...client } as unknown as Client;
    },
    interruption: () => interruption.signal,
    output: () => stdout.text,
    errors: () => stderr.text,
    connections,
    tokens,
    interrupt: () => interruption.abort(),
  };
}
