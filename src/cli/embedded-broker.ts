import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CommandError } from './errors.ts';
import type { Terminal } from './terminal.ts';

/** Right from this file, and from the one that the build puts it into. */
const main = fileURLToPath(new URL('./main.js', import.meta.url));
const ERROR_TEXT_MAX = 4000;

/** A broker for one step of a benchmark: a process of its own with an empty, temporary folder. */
export class EmbeddedBroker implements AsyncDisposable {
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, address: string) {
    this.#child = child;
    this.#folder = folder;
    this.address = address;
  }

  /** Starts it with that many shard threads, on a free port. */
  static async start(
    threads: number,
    environment: Terminal['environment'],
  ): Promise<EmbeddedBroker> {
    const folder = mkdtempSync(join(tmpdir(), 'veltro-bench-'));
    const flags = ['--tcp', '127.0.0.1:0', '--data-dir', folder, '--threads', String(threads)];
    const others = ['--http', 'off', '--quic', 'off', '--websocket', 'off'];
    const fixed = ['--with-default-root-credentials', '--log-format', 'json'];
    const words = [main, 'start', ...flags, ...others, ...fixed];
    const child = spawn(process.execPath, words, {
      env: { ...environment, VELTRO_SYSTEM_PATH: undefined },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    process.once('exit', () => child.kill());
    try {
      return new EmbeddedBroker(child, folder, await readyAddress(child));
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, 'close');
      this.#child.kill('SIGTERM');
      await closed;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function readyAddress(child: ChildProcess): Promise<string> {
  let text = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    text = `${text}${chunk}`.slice(-ERROR_TEXT_MAX);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      reject(new CommandError(`The broker of the benchmark did not start: ${text.trim()}`));
    });
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const { event, tcp } = JSON.parse(line) as { event?: string; tcp?: string };
      if (event === 'ready') resolve(tcp!);
    });
  });
}
