import type { Results } from './results.ts';
import type { PeerName, PeerRound, Work, WorkResult } from './work.ts';

const batch: Work = { mode: 'send', connections: 4, batches: 60, messages: 1000 };
const single: Work = { mode: 'poll', connections: 1, batches: 100, messages: 1 };

function result(work: Work, mbPerSecond: number, latencyUs: number | null): WorkResult {
  return {
    ...work,
    seconds: 1,
    mbPerSecond,
    messagesPerSecond: mbPerSecond * 1000,
    latencyUsP50: latencyUs,
    latencyUsP99: latencyUs === null ? null : latencyUs * 2,
  };
}

/** A round with batches at one rate and single messages at a tenth of it. */
export function peerRound(
  peer: PeerName,
  round: number,
  mbPerSecond: number,
  latencyUs: number | null = 100,
): PeerRound {
  return {
    peer,
    round,
    readyMs: 40 + round,
    idleBytes: 50e6,
    idleCpu: 0.001,
    results: [result(batch, mbPerSecond, latencyUs), result(single, mbPerSecond / 10, 50)],
    skipped: [],
  };
}

/** A run with so many rounds' results. */
export function resultsOf(rounds: readonly PeerRound[], rest: Partial<Results> = {}): Results {
  return {
    machine: {
      node: 'v20.0.0',
      platform: 'linux 6 x64',
      processor: 'Some Processor',
      cores: 2,
      memoryGb: 24,
      loadAverage: 0.5,
    },
    sizes: { clients: [4], batches: 240, requests: 100, warmUpSeconds: 9, rounds: 3, threads: 1 },
    versions: Object.fromEntries(rounds.map(({ peer }) => [peer, '1.2.3'])),
    absent: {},
    rounds,
    tool: [],
    ...rest,
  };
}
