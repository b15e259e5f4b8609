// Measures how long `veltro start` takes until it says that it is ready, and what it takes of the
// machine when nobody uses it; benchmarks/README.md says what the figures mean.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type RunningServer, startServer } from '../ceiling/processes.ts';
import { spread } from '../ceiling/statistics.ts';
import type { Program } from '../ceiling/tools.ts';
import { runAlone } from '../command-line.ts';
import { machine } from '../machine.ts';
import { processorTime, residentBytes } from '../requests/processor-time.ts';
import { markdownTable } from '../table.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const MIB = 1024 * 1024;
const SETTLE_MS = 1000;
const IDLE_MS = 5000;

/** What is started: a program, with a data directory that is new or was used before. */
interface Kind {
  readonly name: string;
  readonly isFirst: boolean;
}

interface Start {
  readonly readyMs: number;
  /** Processor time until the ready signal, of all threads. */
  readonly cpuMs: number;
}

const KINDS: readonly Kind[] = [
  { name: 'first start', isFirst: true },
  { name: 'later start', isFirst: false },
];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    threads: { type: 'string', default: '2' },
    main: {
      type: 'string',
      default: fileURLToPath(new URL('../../src/cli/main.js', import.meta.url)),
    },
  },
});

const veltro: Program = {
  command: process.execPath,
  arguments: [
    ...[
      values.main,
      'start',
      '--tcp',
      '127.0.0.1:0',
      '--http',
      '127.0.0.1:0',
      '--websocket',
      '127.0.0.1:0',
    ],
    ...['--threads', values.threads],
    ...['--with-default-root-credentials', '--log-format', 'json'],
  ],
};

function cpuMs({ pid }: RunningServer): number {
  const { main, others } = processorTime(pid);
  return (main + others) * 1000;
}

async function start(folder: string): Promise<{ server: RunningServer; start: Start }> {
  const startedMs = performance.now();
  const server = await startServer(veltro, ['--data-dir', folder]);
  return { server, start: { readyMs: performance.now() - startedMs, cpuMs: cpuMs(server) } };
}

async function measureStarts(folder: string, { isFirst }: Kind, rounds: number): Promise<Start[]> {
  const starts: Start[] = [];
  // One start more than is counted: it brings the files into the page cache.
  for (let round = 0; round <= rounds; round++) {
    const { server, start: one } = await start(join(folder, isFirst ? `${round}` : 'used'));
    await server.stop();
    if (round > 0) starts.push(one);
  }
  return starts;
}

async function measureIdle(folder: string): Promise<string> {
  const { server } = await start(join(folder, 'used'));
  await sleep(SETTLE_MS);
  const before = cpuMs(server);
  await sleep(IDLE_MS);
  const share = (cpuMs(server) - before) / IDLE_MS;
  const resident = residentBytes(server.pid) / MIB;
  await server.stop();
  return `Idle: ${resident.toFixed(0)} MB resident, ${(share * 100).toFixed(2)}% of a core.`;
}

async function run(): Promise<void> {
  const folder = temporaryFolder(tmpdir(), 'startup');
  const rows: string[][] = [];
  for (const kind of KINDS) {
    const starts = await measureStarts(folder, kind, Number(values.rounds));
    const ready = spread(starts.map(({ readyMs }) => readyMs));
    const processor = spread(starts.map((one) => one.cpuMs));
    const texts = [ready.median, ready.min, ready.max, processor.median];
    rows.push([kind.name, ...texts.map((milliseconds) => milliseconds.toFixed(0))]);
  }
  const headings = ['Start', 'ready ms', 'min', 'max', 'processor ms'];
  console.log(`${JSON.stringify(machine())}\n\n${markdownTable(headings, rows)}\n`);
  console.log(await measureIdle(folder));
}

await runAlone(run);
