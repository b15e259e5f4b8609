// Processor time of a request in the acceptor and in its shard, for small and for large frames:
// the figures that docs/scaling.md counts with. Linux only. benchmarks/README.md says more.
import { tmpdir } from 'node:os';
import { runToEnd } from '../ceiling/processes.ts';
import { spread, spreadText } from '../ceiling/statistics.ts';
import { findTools } from '../ceiling/tools.ts';
import { runAlone } from '../command-line.ts';
import { machine } from '../machine.ts';
import {
  type Contestant,
  findRequestTools,
  measure,
  prepare,
  startVeltro,
} from '../requests/contestants.ts';
import { processorTime } from '../requests/processor-time.ts';
import { measureRounds } from '../rounds.ts';
import { markdownTable } from '../table.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const ROUNDS = 5;
/** Rounds that do not count: V8 takes so long to compile what large frames run. */
const WARM_UP_ROUNDS = 6;
/** Large frames: 1,000 messages of 1,000 bytes each, over so many connections. */
const CONNECTIONS = 4;
/** The shorter of two loads is taken off the longer one, and with it the logins. */
const BATCHES_SHORT = 40;
const BATCHES_LONG = 240;
/** Small frames: one message of 100 bytes each. */
const PLACE = { topics: 1, partitions: 64, messages: 100 } as const;
const SHAPES = [
  { connections: 1, depth: 1 },
  { connections: 64, depth: 16 },
] as const;
const MILLISECONDS = 1000;
const MICROS_PER_SECOND = 1e6;

const modes = ['send', 'poll'] as const;

/** Microseconds a request, by thread. */
interface Cost {
  readonly work: string;
  readonly acceptorUs: number;
  readonly shardUs: number;
}

async function smallCosts(veltro: Contestant): Promise<Cost[]> {
  const costs: Cost[] = [];
  await prepare(veltro, 'create', PLACE);
  for (const shape of SHAPES) {
    for (const mode of modes) {
      const load = { ...PLACE, ...shape, mode, milliseconds: MILLISECONDS };
      const { acceptorUs, othersUs: shardUs } = await measure(veltro, load, 0);
      const work = `${mode}, 1 x 100 B, ${shape.connections} x ${shape.depth} under way`;
      costs.push({ work, acceptorUs, shardUs });
    }
  }
  await prepare(veltro, 'delete', PLACE);
  return costs;
}

async function largeTime({ server }: Contestant, mode: string, batches: number) {
  const { load } = findTools('threads');
  const before = processorTime(server.pid);
  await runToEnd(load, [
    ...[mode, String(server.port), '--connections', String(CONNECTIONS)],
    ...['--batches', String(batches / CONNECTIONS), '--offsets', 'assigned'],
  ]);
  const after = processorTime(server.pid);
  return { main: after.main - before.main, others: after.others - before.others };
}

async function largeTimes(veltro: Contestant, batches: number) {
  const times = new Map<string, { main: number; others: number }>();
  for (const mode of modes) times.set(mode, await largeTime(veltro, mode, batches));
  await runToEnd(findTools('threads').load, ['delete', String(veltro.server.port)]);
  return times;
}

async function largeCosts(veltro: Contestant): Promise<Cost[]> {
  const short = await largeTimes(veltro, BATCHES_SHORT);
  const long = await largeTimes(veltro, BATCHES_LONG);
  const perRequest = (seconds: number) =>
    (seconds * MICROS_PER_SECOND) / (BATCHES_LONG - BATCHES_SHORT);
  return modes.map((mode) => ({
    work: `${mode}, 1,000 x 1,000 B, ${CONNECTIONS} x 1 under way`,
    acceptorUs: perRequest(long.get(mode)!.main - short.get(mode)!.main),
    shardUs: perRequest(long.get(mode)!.others - short.get(mode)!.others),
  }));
}

function table(costs: readonly Cost[]): string {
  const text = (values: number[]) => spreadText(spread(values), 1);
  const rows = [...new Set(costs.map(({ work }) => work))].map((work) => {
    const own = costs.filter((cost) => cost.work === work);
    const acceptor = text(own.map(({ acceptorUs }) => acceptorUs));
    return [work, acceptor, text(own.map(({ shardUs }) => shardUs))];
  });
  return markdownTable(['Request', 'Acceptor µs', 'Shard µs'], rows);
}

async function run(): Promise<void> {
  const folder = temporaryFolder(tmpdir(), 'costs');
  const veltro = await startVeltro(findRequestTools(), folder, 1);
  const measure = async () => [...(await smallCosts(veltro)), ...(await largeCosts(veltro))];
  try {
    const costs = await measureRounds(ROUNDS, measure, WARM_UP_ROUNDS);
    console.log(`${JSON.stringify(machine())}\n\n${table(costs)}`);
  } finally {
    await veltro.server.stop();
  }
}

await runAlone(run);
