import { type Command, InvalidArgumentError } from 'commander';
import { type CountName, type Kind, type KindName, kindOf, writes } from '../../bench/kinds.ts';
import type { Counts } from '../../bench/plan.ts';
import type { TopicOptions } from '../../bench/setup.ts';
import { benchActorsMax, benchPlacesMax } from '../../wire/limits.ts';
import { expiryMicros, topicSizeBytes, wholeNumber } from '../values.ts';

/** Options that stand behind the kind. */
export interface KindFlags extends Partial<Counts> {
  readonly maxTopicSize?: bigint;
  readonly messageExpiry?: bigint;
  readonly readAmplification?: number;
}

const countOptions: readonly (readonly [CountName, string, string, number])[] = [
  ['streams', '-s, --streams <number>', 'streams', benchPlacesMax],
  ['partitions', '-a, --partitions <number>', 'partitions of each topic', benchPlacesMax],
  ['producers', '-p, --producers <number>', 'producers', benchActorsMax],
  ['consumers', '-c, --consumers <number>', 'consumers', benchActorsMax],
  ['groups', '-g, --groups <number>', 'consumer groups', benchPlacesMax],
];

function factor(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be a number above zero, such as 1.05.');
}

/** Adds the options that a kind has. */
export function addKindOptions(command: Command, name: KindName): Command {
  const kind: Kind = kindOf(name);
  for (const [count, flags, text, max] of countOptions) {
    const fallback = kind.defaults[count];
    if (fallback !== undefined) command.option(flags, text, wholeNumber(1, max), fallback);
  }
  if (kind.defaults.streams === undefined) {
    const most = wholeNumber(1, benchPlacesMax);
    command.option('-s, --streams <number>', 'streams (default: one for each producer)', most);
  }
  if (writes(kind) && name !== 'end-to-end-producing-consumer') {
    command
      .option(
        '-T, --max-topic-size <size>',
        'limit of each topic (default: unlimited)',
        topicSizeBytes,
      )
      .option('-e, --message-expiry <time>', 'expiry of messages (default: never)', expiryMicros);
  }
  if (kind.consumerRateFactor !== undefined) {
    const text = 'how much more of a rate limit consumers get';
    command.option('-R, --read-amplification <factor>', text, factor, kind.consumerRateFactor);
  }
  return command;
}

/** The counts that were given, or are the defaults of the kind. */
export function countsOf({ streams, partitions, producers, consumers, groups }: KindFlags) {
  const given = Object.entries({ streams, partitions, producers, consumers, groups });
  return Object.fromEntries(given.filter(([, count]) => count !== undefined)) as Partial<Counts>;
}

/** How topics are to be made. */
export function topicOptions({ maxTopicSize, messageExpiry }: KindFlags): TopicOptions {
  return { maxSizeBytes: maxTopicSize, messageExpiryMicros: messageExpiry };
}
