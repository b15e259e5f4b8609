import { type Spread, spread } from '../ceiling/statistics.ts';
import { isSmall, type PeerName, type PeerRound, type Work, type WorkResult } from './work.ts';

/** The rounds of one peer at one work. */
export interface PeerSummary {
  readonly peer: PeerName;
  /** Millions of payload bytes a second, or single messages a second. */
  readonly rate: Spread;
  /** Medians over the rounds, in microseconds; null where single requests were not timed. */
  readonly latencyUsP50: number | null;
  readonly latencyUsP99: number | null;
  /** How many times Veltro's rate, in each round by itself; null where Veltro did not take part. */
  readonly ratio: Spread | null;
}

/** All peers at one work. */
export interface WorkSummary {
  readonly work: Pick<Work, 'mode' | 'connections' | 'messages'>;
  /** In the order of the rounds. */
  readonly peers: readonly PeerSummary[];
}

/** One peer while it starts and does nothing. */
export interface IdleSummary {
  readonly peer: PeerName;
  readonly readyMs: Spread;
  readonly idleBytes: Spread;
  readonly idleCpu: Spread;
}

interface Placed extends WorkResult {
  readonly peer: PeerName;
  readonly round: number;
}

/** What a work is counted in. */
export function rateOf(result: WorkResult): number {
  return isSmall(result) ? result.messagesPerSecond : result.mbPerSecond;
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : spread(known).median;
}

/** Rounds that one of both has missed do not count. */
function ratioOf(mine: readonly Placed[], theirs: readonly Placed[]): Spread | null {
  const quotients = mine.flatMap((result) => {
    const other = theirs.find(({ round }) => round === result.round);
    return other === undefined ? [] : [rateOf(result) / rateOf(other)];
  });
  return quotients.length === 0 ? null : spread(quotients);
}

function summarizePeer(results: readonly Placed[], veltro: readonly Placed[]): PeerSummary {
  return {
    peer: results[0].peer,
    rate: spread(results.map(rateOf)),
    latencyUsP50: medianOf(results.map(({ latencyUsP50 }) => latencyUsP50)),
    latencyUsP99: medianOf(results.map(({ latencyUsP99 }) => latencyUsP99)),
    ratio: ratioOf(veltro, results),
  };
}

function summarizeWork(results: readonly Placed[]): WorkSummary {
  const { mode, connections, messages } = results[0];
  const veltro = results.filter(({ peer }) => peer === 'veltro');
  const peers = groupBy(results, ({ peer }) => peer);
  return {
    work: { mode, connections, messages },
    peers: peers.map((group) => summarizePeer(group, veltro)),
  };
}

/** Batches before single messages, few clients before many, sending before reading. */
function inOrder({ work: left }: WorkSummary, { work: right }: WorkSummary): number {
  return (
    right.messages - left.messages ||
    left.connections - right.connections ||
    Number(left.mode === 'poll') - Number(right.mode === 'poll')
  );
}

/** Puts the rounds of each work together. */
export function summarizeWorks(rounds: readonly PeerRound[]): WorkSummary[] {
  const placed: Placed[] = rounds.flatMap(({ peer, round, results }) =>
    results.map((result) => ({ ...result, peer, round })),
  );
  const key = ({ mode, connections, messages }: Placed) => `${mode} ${connections} ${messages}`;
  return groupBy(placed, key).map(summarizeWork).sort(inOrder);
}

/** Puts together what the rounds of each peer say about its start and its rest. */
export function summarizeIdle(rounds: readonly PeerRound[]): IdleSummary[] {
  return groupBy(rounds, ({ peer }) => peer).map((group) => ({
    peer: group[0].peer,
    readyMs: spread(group.map(({ readyMs }) => readyMs)),
    idleBytes: spread(group.map(({ idleBytes }) => idleBytes)),
    idleCpu: spread(group.map(({ idleCpu }) => idleCpu)),
  }));
}
