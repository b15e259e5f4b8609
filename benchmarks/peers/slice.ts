// One round of one peer, a program of its own: started, put to work, stopped, its data deleted.
// Its only argument is a `SliceRequest` as JSON; it prints a `PeerRound` as JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { runToEnd } from '../ceiling/processes.ts';
import { touchPageCache } from '../page-cache.ts';
import { runOneSlice } from './one-slice.ts';
import type { Installation, Peer } from './peer.ts';
import { peers } from './peers.ts';
import { freePorts, startPeer } from './running-peer.ts';
import { repeatFor } from './warm-up.ts';
import {
  type PeerName,
  type PeerRound,
  type Work,
  type WorkResult,
  type WorkSizes,
  type WorkSkipped,
  worksOf,
} from './work.ts';

/** Lets a broker finish what it does after its last answer. */
const PAUSE_MS = 200;
const PORTS = 4;
const MIB = 1024 * 1024;

/** What a slice is asked to do. */
export interface SliceRequest {
  readonly peer: PeerName;
  readonly round: number;
  readonly installation: Installation;
  readonly sizes: WorkSizes;
  readonly threads: number;
  readonly dataDir: string;
}

interface Session {
  readonly peer: Peer;
  readonly port: number;
  readonly request: SliceRequest;
  readonly folder: string;
}

type Outcome = WorkResult | WorkSkipped;

interface Printed {
  readonly requests: number;
  readonly seconds: number;
  readonly mbPerSecond: number;
  readonly latencyUsP50: number | null;
  readonly latencyUsP99: number | null;
}

async function doWork({ peer, port, request }: Session, work: Work): Promise<Outcome> {
  const skipped = peer.objection?.(work);
  if (skipped !== undefined) return { ...work, skipped };
  const output = await runToEnd(peer.load(request.installation, port, work), []);
  const { requests, seconds, mbPerSecond, latencyUsP50, latencyUsP99 } = JSON.parse(
    output,
  ) as Printed;
  // A poll of batches may take more requests than were sent.
  const messages = work.connections * work.batches * work.messages;
  if (requests < messages / work.messages) throw new Error(`Only ${requests} requests were made.`);
  const messagesPerSecond = messages / seconds;
  return { ...work, seconds, mbPerSecond, messagesPerSecond, latencyUsP50, latencyUsP99 };
}

async function doWorks(session: Session, works: readonly Work[]): Promise<Outcome[]> {
  const { peer, port, request, folder } = session;
  const outcomes: Outcome[] = [];
  touchPageCache(folder, request.sizes.batches * MIB);
  for (const work of works) outcomes.push(await doWork(session, work));
  const { connections } = works[0];
  await runToEnd(peer.load(request.installation, port, { mode: 'delete', connections }), []);
  await sleep(PAUSE_MS);
  return outcomes;
}

async function doAllWorks(session: Session): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const works of worksOf(session.request.sizes)) {
    outcomes.push(...(await doWorks(session, works)));
  }
  return outcomes;
}

/** Nothing of this counts: compilers and caches are warm afterwards. */
async function warmUp(session: Session): Promise<void> {
  const { sizes } = session.request;
  const pairs = worksOf(sizes);
  const seconds = sizes.warmUpSeconds / pairs.length;
  for (const works of pairs) await repeatFor(seconds, () => doWorks(session, works));
}

function isSkipped(outcome: Outcome): outcome is WorkSkipped {
  return 'skipped' in outcome;
}

async function runSlice(request: SliceRequest, folder: string): Promise<PeerRound> {
  const peer = peers[request.peer];
  const ports = await freePorts(PORTS);
  const launch = peer.launch(request.installation, { folder, ports, threads: request.threads });
  const running = await startPeer(launch);
  try {
    const idle = await running.idle();
    const session = { peer, port: launch.port, request, folder };
    await warmUp(session);
    const outcomes = await doAllWorks(session);
    return {
      ...{ peer: request.peer, round: request.round, readyMs: running.readyMs, ...idle },
      results: outcomes.filter((outcome): outcome is WorkResult => !isSkipped(outcome)),
      skipped: outcomes.filter(isSkipped),
    };
  } finally {
    await running.stop();
  }
}

await runOneSlice('peers', runSlice);
