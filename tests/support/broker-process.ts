import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startChild } from './child-process.ts';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
/** Lines of output that are kept: all that any test makes, but no leak. */
const LOG_LINES_MAX = 50_000;

/** `host:port` by transport. */
export interface Addresses {
  readonly tcp: string;
  readonly quic?: string;
  readonly http?: string;
  readonly websocket?: string;
}

export interface BrokerProcessOptions {
  readonly dataDir: string;
  readonly threads: number;
  /** `host:port` of TCP. Default: a free port. */
  readonly address?: string;
  /** `host:port` of QUIC, or `default` for what the configuration says. Default: off. */
  readonly quic?: string;
  /** `host:port` of WebSocket. Default: off. */
  readonly websocket?: string;
  /** `host:port` of HTTP. Default: off. */
  readonly http?: string;
  /** Environment names and values of further configuration. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A broker in a process of its own that can be killed. */
export class BrokerProcess {
  readonly #child: ChildProcess;
  readonly url: string;
  readonly addresses: Addresses;
  /** What it wrote last. */
  readonly log: readonly string[];

  private constructor(child: ChildProcess, addresses: Addresses, log: readonly string[]) {
    this.#child = child;
    this.addresses = addresses;
    this.url = `iggy://iggy:iggy@${addresses.tcp}`;
    this.log = log;
  }

  /** Starts it and waits until it takes connections. */
  static async start(options: BrokerProcessOptions): Promise<BrokerProcess> {
    const { dataDir, threads, address = '127.0.0.1:0', settings } = options;
    const { quic = 'off', websocket = 'off', http = 'off' } = options;
    const flags = ['--tcp', address, '--data-dir', dataDir, '--threads', String(threads)];
    // The other transports listen on fixed ports, where a broker of the user may be.
    const others = ['--http', http, '--websocket', websocket];
    if (quic !== 'default') others.push('--quic', quic);
    const fixed = ['--with-default-root-credentials', '--log-format', 'json'];
    const words = [process.execPath, main, 'start', ...flags, ...others, ...fixed];
    const child = startChild(words, settings);
    const log: string[] = [];
    const note = (line: string) => {
      log.push(line);
      if (log.length > LOG_LINES_MAX) log.shift();
    };
    createInterface({ input: child.stderr! }).on('line', note);
    const output = createInterface({ input: child.stdout! }).on('line', note);
    const bound = await readyAddresses(child, output);
    if (bound !== undefined) return new BrokerProcess(child, bound, log);
    throw new Error(`The broker did not start:\n${log.join('\n')}`);
  }

  /** Sends a signal that does not end it. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Ends it with a signal and resolves with its exit code, null when the signal killed it. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, 'close');
      this.#child.kill(signal);
      await closed;
    }
    return this.#child.exitCode;
  }
}

/** The addresses that the broker names when it is ready; undefined when it ends before. */
function readyAddresses(
  child: ChildProcess,
  output: NodeJS.EventEmitter,
): Promise<Addresses | undefined> {
  return new Promise((resolve) => {
    child.once('close', () => resolve(undefined));
    output.on('line', (line: string) => {
      const event = JSON.parse(line) as { event?: string } & Addresses;
      const { tcp, quic, http, websocket } = event;
      if (event.event === 'ready') resolve({ tcp, quic, http, websocket });
    });
  });
}
