import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';
import { KindTable } from '../kind-table.ts';

/** Where a poll starts (protocol sections 3.5 and 5.2). */
export interface PollingStrategy {
  readonly kind: 'offset' | 'timestamp' | 'first' | 'last' | 'next';
  /** The offset, or microseconds since the Unix epoch; without meaning for the other kinds. */
  readonly value: bigint;
}

const strategyKinds = new KindTable<PollingStrategy['kind']>({
  offset: 1,
  timestamp: 2,
  first: 3,
  last: 4,
  next: 5,
});

export function writePollingStrategy(writer: Writer, strategy: PollingStrategy): void {
  strategyKinds.write(writer, strategy.kind, 'polling strategy');
  writer.u64(strategy.value);
}

export function readPollingStrategy(reader: Reader): PollingStrategy {
  return {
    kind: strategyKinds.read(reader, 'polling strategy'),
    value: reader.u64('polling value'),
  };
}
