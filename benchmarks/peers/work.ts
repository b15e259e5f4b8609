import type { LoadMode } from '../ceiling/measurement.ts';

/** Who is compared, in the order of the tables. */
export const peerNames = [
  'ceiling',
  'veltro',
  'reference',
  'nats',
  'redis',
  'rabbitmq',
  'kafka',
] as const;
export type PeerName = (typeof peerNames)[number];

const BATCH_MESSAGES = 1000;
const MANY_CLIENTS = 32;
/** So many fewer messages has each of many clients than one alone. */
const MANY_CLIENTS_SHARE = 4;

/** One thing that a load generator does; every client has a log of its own. */
export interface Work {
  readonly mode: LoadMode;
  readonly connections: number;
  /** Requests of each client. */
  readonly batches: number;
  /** Messages of a request; a single message is waited for before the next one. */
  readonly messages: number;
}

/** A work and how it went. */
export interface WorkResult extends Work {
  readonly seconds: number;
  /** Payload of all clients, in millions of bytes a second. */
  readonly mbPerSecond: number;
  /** Messages of all clients a second. */
  readonly messagesPerSecond: number;
  /** Of a request in microseconds; null where the client does not wait for single requests. */
  readonly latencyUsP50: number | null;
  readonly latencyUsP99: number | null;
}

/** A work that a broker does not do, and why. */
export interface WorkSkipped extends Work {
  readonly skipped: string;
}

/** One round of one peer: started, looked at while idle, put to work, stopped. */
export interface PeerRound {
  readonly peer: PeerName;
  readonly round: number;
  /** From the start of its process to its first answer, in milliseconds. */
  readonly readyMs: number;
  /** Resident memory of all its processes while it does nothing. */
  readonly idleBytes: number;
  /** Share of one processor that it uses while it does nothing. */
  readonly idleCpu: number;
  readonly results: readonly WorkResult[];
  readonly skipped: readonly WorkSkipped[];
}

/** What the works of a run depend on. */
export interface WorkSizes {
  readonly clients: readonly number[];
  /** Of all clients together. */
  readonly batches: number;
  readonly requests: number;
  /** Each broker works so long in each of its turns before anything counts. */
  readonly warmUpSeconds: number;
}

/** The works of one round: what is sent first is read afterwards, then deleted. */
export function worksOf({ clients, batches, requests }: WorkSizes): Work[][] {
  const pair = (connections: number, ofEach: number, messages: number): Work[] =>
    (['send', 'poll'] as const).map((mode) => ({ mode, connections, batches: ofEach, messages }));
  return [
    ...clients.map((count) => pair(count, batches / count, BATCH_MESSAGES)),
    pair(1, requests, 1),
    pair(MANY_CLIENTS, Math.max(1, Math.round(requests / MANY_CLIENTS_SHARE)), 1),
  ];
}

/** True for works whose requests are single messages: counted in requests, not in bytes. */
export function isSmall({ messages }: Pick<Work, 'messages'>): boolean {
  return messages === 1;
}

/** What a table calls a work: `send batches, 4 clients`. */
export function workTitle({ mode, connections, messages }: Omit<Work, 'batches'>): string {
  const verb = mode === 'send' ? 'send' : 'read';
  const what = isSmall({ messages }) ? 'single messages' : 'batches';
  return `${verb} ${what}, ${connections} client${connections === 1 ? '' : 's'}`;
}
