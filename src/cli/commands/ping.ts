import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { addressOf } from '../connection.ts';
import { describeLeaf, type Session, withClient } from '../leaf.ts';
import type { Answer } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { wholeNumber } from '../values.ts';

const PAUSE_MS = 1000;
const COUNT_MAX = 1_000_000;

interface PingOptions {
  readonly count: number;
}

interface PingSummary {
  readonly minMs: number;
  readonly averageMs: number;
  readonly maxMs: number;
  readonly deviationMs: number;
}

/** Least, mean, greatest and standard deviation of round trips; at least one is needed. */
export function summarize(timesMs: readonly number[]): PingSummary {
  const averageMs = timesMs.reduce((total, ms) => total + ms, 0) / timesMs.length;
  const squares = timesMs.reduce((total, ms) => total + (ms - averageMs) ** 2, 0);
  return {
    minMs: Math.min(...timesMs),
    averageMs,
    maxMs: Math.max(...timesMs),
    deviationMs: Math.sqrt(squares / timesMs.length),
  };
}

async function measureMs({ client }: Session): Promise<number> {
  const startMs = performance.now();
  await client.ping();
  return performance.now() - startMs;
}

async function ping(session: Session, { count }: PingOptions): Promise<Answer> {
  const { terminal, common, server } = session;
  const address = addressOf(server);
  const timesMs: number[] = [];
  while (timesMs.length < count) {
    if (timesMs.length > 0) await sleep(PAUSE_MS);
    const ms = await measureMs(session);
    timesMs.push(ms);
    if (common.json === true || common.quiet === true) continue;
    terminal.stdout.write(`Answer ${timesMs.length} from ${address} after ${ms.toFixed(2)} ms\n`);
  }
  const summary = summarize(timesMs);
  const { minMs, averageMs, maxMs, deviationMs } = summary;
  const figures = [minMs, averageMs, maxMs, deviationMs].map((ms) => ms.toFixed(3)).join('/');
  return {
    json: { server: address, timesMs, ...summary },
    text: () => `${count} of ${count} answered, min/average/max/deviation ${figures} ms`,
  };
}

/** `veltro ping` */
export function configure(command: Command, terminal: Terminal): void {
  describeLeaf(command, {
    summary: 'ask the broker for a sign of life and measure the time',
    examples: ['ping', 'ping -c 5', 'ping --server iggy://127.0.0.1:9090 --json'],
  })
    .option('-c, --count <number>', 'pings, one a second', wholeNumber(1, COUNT_MAX), 1)
    .action(withClient(terminal, ping));
}
