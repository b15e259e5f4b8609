/** What an actor does. */
export type ActorKind = 'producer' | 'consumer' | 'producing_consumer';

/** What a kind of benchmark is made of. */
export interface Kind {
  readonly alias: string;
  readonly summary: string;
  /** As reports name it. */
  readonly reportName: string;
  readonly actors: 'producers' | 'consumers' | 'both' | 'producing-consumers';
  /** Whether each actor has a partition of its own, or the broker chooses. */
  readonly isPinned: boolean;
  readonly usesGroups: boolean;
  /** Options that people may give, with their defaults. */
  readonly defaults: Readonly<Partial<Record<CountName, number>>>;
  /** How much more than the producers' share of a rate limit the consumers get. */
  readonly consumerRateFactor?: number;
}

/** Counts that a kind may let people choose. */
export type CountName = 'streams' | 'partitions' | 'producers' | 'consumers' | 'groups';

const RATE_FACTOR = 1.05;
const BALANCED_PARTITIONS = 24;
const ACTORS = 8;

const table = {
  'pinned-producer': {
    alias: 'pp',
    summary: 'each producer writes to a stream of its own',
    reportName: 'pinned_producer',
    actors: 'producers',
    isPinned: true,
    usesGroups: false,
    defaults: { producers: ACTORS },
  },
  'pinned-consumer': {
    alias: 'pc',
    summary: 'each consumer reads a stream of its own, which must hold messages',
    reportName: 'pinned_consumer',
    actors: 'consumers',
    isPinned: true,
    usesGroups: false,
    defaults: { streams: ACTORS, consumers: ACTORS },
  },
  'pinned-producer-and-consumer': {
    alias: 'ppc',
    summary: 'producers and consumers at once, each with a stream of its own',
    reportName: 'pinned_producer_and_consumer',
    actors: 'both',
    isPinned: true,
    usesGroups: false,
    defaults: { streams: ACTORS, partitions: 1, producers: ACTORS, consumers: ACTORS },
    consumerRateFactor: RATE_FACTOR,
  },
  'balanced-producer': {
    alias: 'bp',
    summary: 'producers write to all partitions in turn',
    reportName: 'balanced_producer',
    actors: 'producers',
    isPinned: false,
    usesGroups: false,
    defaults: { streams: 1, partitions: BALANCED_PARTITIONS, producers: ACTORS },
  },
  'balanced-consumer-group': {
    alias: 'bcg',
    summary: 'members of consumer groups read what balanced-producer has written',
    reportName: 'balanced_consumer_group',
    actors: 'consumers',
    isPinned: false,
    usesGroups: true,
    defaults: { streams: 1, consumers: ACTORS, groups: 1 },
  },
  'balanced-producer-and-consumer-group': {
    alias: 'bpcg',
    summary: 'producers write to all partitions while members of groups read them',
    reportName: 'balanced_producer_and_consumer_group',
    actors: 'both',
    isPinned: false,
    usesGroups: true,
    defaults: {
      streams: 1,
      partitions: BALANCED_PARTITIONS,
      producers: ACTORS,
      consumers: ACTORS,
      groups: 1,
    },
    consumerRateFactor: RATE_FACTOR,
  },
  'end-to-end-producing-consumer': {
    alias: 'e2e',
    summary: 'each actor sends a batch, then polls it, on a partition of its own',
    reportName: 'end_to_end_producing_consumer',
    actors: 'producing-consumers',
    isPinned: true,
    usesGroups: false,
    defaults: { streams: ACTORS, producers: ACTORS },
  },
  'end-to-end-producing-consumer-group': {
    alias: 'e2ecg',
    summary: 'each actor sends a batch, then polls one as a member of a group',
    reportName: 'end_to_end_producing_consumer_group',
    actors: 'producing-consumers',
    isPinned: false,
    usesGroups: true,
    defaults: {
      streams: 1,
      partitions: BALANCED_PARTITIONS,
      groups: 1,
      producers: ACTORS,
      consumers: ACTORS,
    },
  },
} as const satisfies Readonly<Record<string, Kind>>;

/** Names of the kinds of benchmarks. */
export type KindName = keyof typeof table;

/** Names of all kinds, in the order of the table. */
export const kindNames = Object.keys(table) as KindName[];

/** The kind of that name. */
export function kindOf(name: KindName): Kind {
  return table[name];
}

/** Whether a run of the kind writes messages; if not, they must be there. */
export function writes({ actors }: Kind): boolean {
  return actors !== 'consumers';
}

/** Whether the time from sending to reading is what counts for those who read. */
export function measuresFromOrigin({ actors }: Kind): boolean {
  return actors === 'both' || actors === 'producing-consumers';
}
