import { frameBytesMax, indexEntryBytes, messageHeaderBytes } from '../wire/limits.ts';
import { BenchError } from './bench-error.ts';
import {
  type ActorKind,
  type CountName,
  type Kind,
  type KindName,
  kindOf,
  measuresFromOrigin,
} from './kinds.ts';
import { fixed, type Range } from './range.ts';

/** How many of everything. */
export type Counts = Readonly<Record<CountName, number>>;

/** How the work of a run ends: batches of each actor, or bytes of payload of all together. */
export type Volume = { readonly batches: number } | { readonly bytes: number };

/** How streams and topics are called. */
export interface Names {
  /** From 1 on. */
  readonly stream: (number: number) => string;
  readonly topic: string;
  /** From 1 on. */
  readonly group: (number: number) => string;
  /** Streams of earlier runs, which a run that writes deletes unless it is to keep them. */
  readonly isOwnStream: (name: string) => boolean;
}

type Place = 'own' | 'first';

/** What a person asks for, checked by `planOf`. */
export interface BenchOptions {
  readonly kind: KindName;
  readonly counts: Partial<Counts>;
  readonly messageBytes: Range;
  readonly batchLength: Range;
  readonly volume: Volume;
  /** Payload bytes a second of all actors, null for no limit. */
  readonly bytesPerSecond: number | null;
  readonly consumerRateFactor?: number;
  readonly warmUpMs: number;
  readonly samplingMs: number;
  readonly movingAverageWindow: number;
  /** Use the producers and consumers of the client library instead of prepared frames. */
  readonly isHighLevel: boolean;
  /** Send and poll as JSON with base64, over HTTP alone. */
  readonly sendsJson: boolean;
  readonly reusesStreams: boolean;
  /** Requests that a producer has sent without an answer. */
  readonly depth: number;
  readonly names: Names;
  /** Which streams pinned actors have: their own, which is the default, or the first for all. */
  readonly places?: { readonly producers: Place; readonly consumers: Place };
}

/** A share of the work: batches that may be sent or read, or payload bytes. */
export interface Budget {
  readonly unit: 'batches' | 'bytes';
  readonly amount: number;
}

/** What one actor does, and where. */
export interface ActorPlan {
  /** From 1 on, among its kind. */
  readonly id: number;
  readonly kind: ActorKind;
  readonly stream: string;
  readonly topic: string;
  /** Null where the broker chooses. */
  readonly partition: number | null;
  readonly group: string | null;
  /** Numbers of its budgets, null where it does not send or does not poll. */
  readonly sendBudget: number | null;
  readonly pollBudget: number | null;
  readonly bytesPerSecond: number | null;
}

/** A group and the topic that it reads. */
export interface GroupPlan {
  readonly name: string;
  readonly stream: string;
}

/** Everything that a run does. */
export interface Plan {
  readonly options: BenchOptions;
  readonly counts: Counts;
  readonly streams: readonly string[];
  readonly topic: string;
  readonly groups: readonly GroupPlan[];
  readonly actors: readonly ActorPlan[];
  readonly budgets: readonly Budget[];
  readonly measuresFromOrigin: boolean;
}

/** The names of the reference's tool. */
export const benchNames: Names = {
  stream: (number) => `bench-stream-${number}`,
  topic: 'topic-1',
  group: (number) => `cg_${number}`,
  isOwnStream: (name) => /^bench-stream-\d+$/.test(name),
};

/** What the options of a run that were not given are. */
export const benchDefaults = {
  messageBytes: fixed(1000),
  batchLength: fixed(1000),
  volume: { batches: 1000 },
  bytesPerSecond: null,
  warmUpMs: 0,
  samplingMs: 10,
  movingAverageWindow: 20,
  isHighLevel: false,
  sendsJson: false,
  reusesStreams: false,
  depth: 1,
  names: benchNames,
} as const;

/** Throws a `BenchError` for options that contradict each other. */
export function planOf(options: BenchOptions): Plan {
  const kind = kindOf(options.kind);
  const counts = countsOf(kind, options.counts);
  checkCounts(kind, counts);
  checkVolume(options);
  const streams = Array.from({ length: counts.streams }, (_, index) =>
    options.names.stream(index + 1),
  );
  const groups = Array.from({ length: kind.usesGroups ? counts.groups : 0 }, (_, index) => ({
    name: options.names.group(index + 1),
    stream: streams[index % streams.length],
  }));
  const roster = new Roster(options, kind, counts, { streams, groups });
  return {
    options,
    counts,
    streams,
    topic: options.names.topic,
    groups,
    actors: roster.actors,
    budgets: roster.budgets,
    measuresFromOrigin: measuresFromOrigin(kind),
  };
}

function countsOf({ defaults, actors }: Kind, given: Partial<Counts>): Counts {
  const { producers = 0, consumers = 0, groups = 0, ...rest } = { ...defaults, ...given };
  const streams = rest.streams ?? producers;
  // An actor that sends and polls by itself has a partition of its own.
  const own = actors === 'producing-consumers' ? Math.ceil(producers / streams) : 1;
  return { streams, partitions: rest.partitions ?? own, producers, consumers, groups };
}

function checkCounts(kind: Kind, counts: Counts): void {
  const { streams, partitions, producers, groups } = counts;
  const isEndToEnd = kind.actors === 'producing-consumers';
  const rules: readonly (readonly [boolean, string])[] = [
    [
      kind.isPinned || kind.actors === 'consumers' || partitions >= 2,
      `A balanced benchmark needs at least 2 partitions, not ${partitions}.`,
    ],
    [
      !kind.usesGroups || groups >= streams,
      `There are ${streams} streams, so there must be as many groups at least, not ${groups}.`,
    ],
    [
      !isEndToEnd || !kind.isPinned || streams <= producers,
      `There are ${streams} streams for ${producers} producers, but each must have one.`,
    ],
  ];
  for (const [holds, sentence] of rules) if (!holds) throw new BenchError(sentence);
}

function checkVolume(options: BenchOptions): void {
  const { volume, messageBytes, isHighLevel, sendsJson, batchLength } = options;
  const batchBytes = batchLength.max * (messageBytes.max + messageHeaderBytes + indexEntryBytes);
  if (batchBytes > frameBytesMax) {
    throw new BenchError(
      `A batch has up to ${batchBytes} bytes, but no frame has more than ${frameBytesMax}.`,
    );
  }
  if ('bytes' in volume && volume.bytes < 2 * messageBytes.min) {
    throw new BenchError(
      `The total data is ${volume.bytes} bytes, but must be at least twice the message size.`,
    );
  }
  if (isHighLevel && batchLength.min !== batchLength.max) {
    throw new BenchError('The high-level API needs one number of messages per batch, no range.');
  }
  if (isHighLevel && sendsJson) {
    throw new BenchError('The high-level API sends no JSON; leave --json-bodies or -H out.');
  }
}

/** Gives every actor its place and its share of the work. */
class Roster {
  readonly actors: ActorPlan[] = [];
  readonly budgets: Budget[] = [];
  readonly #options: BenchOptions;
  readonly #kind: Kind;
  readonly #counts: Counts;
  readonly #streams: readonly string[];
  readonly #groups: readonly GroupPlan[];

  constructor(
    options: BenchOptions,
    kind: Kind,
    counts: Counts,
    places: { readonly streams: readonly string[]; readonly groups: readonly GroupPlan[] },
  ) {
    this.#options = options;
    this.#kind = kind;
    this.#counts = counts;
    this.#streams = places.streams;
    this.#groups = places.groups;
    if (kind.actors === 'producing-consumers') this.#addProducingConsumers();
    if (kind.actors === 'producers' || kind.actors === 'both') this.#addProducers();
    if (kind.actors === 'consumers' || kind.actors === 'both') this.#addConsumers();
  }

  #addProducers(): void {
    const { producers } = this.#counts;
    const budget = this.#budgetFor(producers, 1);
    for (let index = 0; index < producers; index += 1) {
      const place = this.#pinnedPlace(index, this.#options.places?.producers);
      const sendBudget = budget();
      const bytesPerSecond = this.#rate(producers + this.#counts.consumers);
      this.#add({ id: index + 1, kind: 'producer', ...place, sendBudget, bytesPerSecond });
    }
  }

  #addConsumers(): void {
    const { producers, consumers } = this.#counts;
    const budget = this.#budgetFor(consumers, 1);
    const factor = this.#options.consumerRateFactor ?? this.#kind.consumerRateFactor ?? 1;
    for (let index = 0; index < consumers; index += 1) {
      // What a pinned consumer reads is what a producer writes.
      const writer = this.#kind.actors === 'both' ? index % producers : index;
      const place = this.#kind.usesGroups
        ? this.#groupPlace(index)
        : this.#pinnedPlace(writer, this.#options.places?.consumers);
      const pollBudget = budget();
      const bytesPerSecond = this.#rate(producers + consumers, factor);
      this.#add({ id: index + 1, kind: 'consumer', ...place, pollBudget, bytesPerSecond });
    }
  }

  #addProducingConsumers(): void {
    const { producers, consumers } = this.#counts;
    const actors = this.#kind.usesGroups ? Math.max(producers, consumers) : producers;
    const [sends, polls] = [this.#budgetFor(producers, 2), this.#budgetFor(producers, 2)];
    for (let index = 0; index < actors; index += 1) {
      const reads = !this.#kind.usesGroups || index < consumers;
      const place = this.#kind.usesGroups ? this.#groupPlace(index) : this.#pinnedPlace(index);
      this.#add({
        id: index + 1,
        kind: 'producing_consumer',
        ...place,
        group: reads ? (place.group ?? null) : null,
        sendBudget: index < producers ? sends() : null,
        pollBudget: reads ? polls() : null,
        bytesPerSecond: this.#rate(producers),
      });
    }
  }

  #add(actor: Pick<ActorPlan, 'id' | 'kind' | 'stream'> & Partial<ActorPlan>): void {
    const { topic } = this.#options.names;
    const nothing = { partition: null, group: null, sendBudget: null, pollBudget: null };
    this.actors.push({ ...nothing, topic, bytesPerSecond: null, ...actor });
  }

  #pinnedPlace(
    index: number,
    place: Place = 'own',
  ): Pick<ActorPlan, 'stream' | 'partition'> & { group?: string } {
    const { length } = this.#streams;
    if (place === 'first') return { stream: this.#streams[0], partition: 0 };
    const partition = Math.floor(index / length) % this.#counts.partitions;
    return {
      stream: this.#streams[index % length],
      partition: this.#kind.isPinned ? partition : null,
    };
  }

  #groupPlace(index: number): { stream: string; partition: null; group: string } {
    const { stream, name } = this.#groups[index % this.#groups.length];
    return { stream, partition: null, group: name };
  }

  /**
   * Numbers of budgets for so many actors: one each where they are pinned, one for all where the
   * broker shares out the work. Bytes are divided by what is done with each of them.
   */
  #budgetFor(actors: number, uses: number): () => number {
    const { volume } = this.#options;
    const isShared = !this.#kind.isPinned;
    const share = isShared ? 1 : actors;
    const budget: Budget =
      'bytes' in volume
        ? { unit: 'bytes', amount: Math.max(1, Math.floor(volume.bytes / uses / share)) }
        : { unit: 'batches', amount: isShared ? volume.batches * actors : volume.batches };
    if (isShared) this.budgets.push(budget);
    const shared = this.budgets.length - 1;
    return () => (isShared ? shared : this.budgets.push(budget) - 1);
  }

  #rate(actors: number, factor = 1): number | null {
    const { bytesPerSecond } = this.#options;
    return bytesPerSecond === null ? null : Math.max(1, (bytesPerSecond / actors) * factor);
  }
}
