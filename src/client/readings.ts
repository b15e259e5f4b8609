import type { Consumer } from '../wire/classic/structures/consumer.ts';
import type { PollingStrategy } from '../wire/classic/structures/polling-strategy.ts';
import { assertExclusive, choiceOption, invalidOption } from './checks.ts';
import type { PollStart, Reading } from './types.ts';

/** Who reads, with the default consumer 0. */
export function consumerOf({ consumer, group }: Reading): Consumer {
  assertExclusive(['consumer', consumer], ['group', group]);
  if (group !== undefined) return { kind: 'group', id: group };
  return { kind: 'consumer', id: consumer ?? 0 };
}

/** Where a poll starts, `next` by default. */
export function strategyOf(start: PollStart | undefined): PollingStrategy {
  if (typeof start !== 'object') {
    return { kind: choiceOption('strategy', start, ['next', 'first', 'last']), value: 0n };
  }
  if ('offset' in start) return { kind: 'offset', value: unsigned('offset', start.offset) };
  return { kind: 'timestamp', value: unsigned('timestamp', start.timestamp) };
}

function unsigned(field: string, value: bigint): bigint {
  if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value) {
    throw invalidOption(field, String(value), 'must be a bigint of 0 to 2^64 - 1');
  }
  return value;
}
