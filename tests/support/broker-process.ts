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
  /** Where to listen, as `host:port`; a free port by default. */
  readonly address?: string;
}

/** A broker in a process of its own, that can be killed. */
export class BrokerProcess {
  readonly #child: ChildProcess;
  readonly url: string;
  /** What it wrote to standard error. */
  readonly log: string[] = [];

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.url = `iggy://iggy:iggy@${address}`;
  }

  /** Starts it and waits until it takes connections. */
  static async start(options: BrokerProcessOptions): Promise<BrokerProcess> {
    const { dataDir, threads, settings, address = '127.0.0.1:0' } = options;
    const flags = ['--tcp', address, '--data-dir', dataDir, '--threads', String(threads)];
    const fixed = ['--with-default-root-credentials', '--log-format', 'json'];
    const child = spawn(process.execPath, [main, 'start', ...flags, ...fixed], {
      env: { ...process.env, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log: string[] = [];
    createInterface({ input: child.stderr! }).on('line', (line) => log.push(line));
    for await (const line of createInterface({ input: child.stdout! })) {
      const event = JSON.parse(line) as { event?: string; tcp?: string };
      if (event.event !== 'ready') continue;
      const broker = new BrokerProcess(child, event.tcp!);
      broker.log.push(...log);
      child.stdout!.resume();
      return broker;
    }
    throw new Error(`The broker did not start:\n${log.join('\n')}`);
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
