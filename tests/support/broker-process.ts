import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

export interface BrokerProcessOptions {
  readonly dataDir: string;
  readonly threads: number;
  /** Environment names and values of further configuration. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A broker in a process of its own, on a free port, that can be killed. */
export class BrokerProcess {
  readonly #child: ChildProcess;
  readonly url: string;
  readonly addresses: { readonly tcp: string };
  /** What it wrote to standard error. */
  readonly log: readonly string[];

  private constructor(child: ChildProcess, address: string, log: readonly string[]) {
    this.#child = child;
    this.addresses = { tcp: address };
    this.log = log;
    this.url = `iggy://iggy:iggy@${address}`;
  }

  /** Starts it and waits until it takes connections. */
  static async start({ dataDir, threads, settings }: BrokerProcessOptions): Promise<BrokerProcess> {
    const flags = ['--tcp', '127.0.0.1:0', '--data-dir', dataDir, '--threads', String(threads)];
    // They would listen on fixed ports, where a broker of the user may be.
    const others = ['--http', 'off', '--quic', 'off', '--websocket', 'off'];
    const fixed = ['--with-default-root-credentials', '--log-format', 'json'];
    const child = spawn(process.execPath, [main, 'start', ...flags, ...others, ...fixed], {
      env: { ...process.env, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log: string[] = [];
    createInterface({ input: child.stderr! }).on('line', (line) => log.push(line));
    for await (const line of createInterface({ input: child.stdout! })) {
      const event = JSON.parse(line) as { event?: string; tcp?: string };
      if (event.event !== 'ready') continue;
      child.stdout!.resume();
      return new BrokerProcess(child, event.tcp!, log);
    }
    throw new Error(`The broker did not start:\n${log.join('\n')}`);
  }

  /** Sends a signal that does not end it. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
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
