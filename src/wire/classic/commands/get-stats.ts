import { type Codec, type Empty, emptyRequest } from '../codec.ts';
import { readStats, type Stats, writeStats } from '../structures/stats.ts';

/** GetStats, code 10: counters of the whole broker. */
export const getStats: Codec<Empty, Stats> = {
  code: 10,
  name: 'stats',
  permission: 'server',
  ...emptyRequest,
  writeResponse: writeStats,
  readResponse: readStats,
};
