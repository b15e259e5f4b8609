import {
  deduplicationEntriesDefault,
  deduplicationEntriesMax,
  timeoutMsMax,
} from '../../src/wire/limits.ts';
import { type KeyDefinition, since } from './definition.ts';

/** Keys of `system.message_deduplication`. */
export const deduplicationKeys = [
  {
    key: 'system.message_deduplication.enabled',
    field: 'system.messageDeduplication.enabled',
    format: 'flag',
    default: false,
    doc:
      'Store a message whose id its partition has seen a short while ago only once; the send is ' +
      'answered with success all the same. Ids that the broker makes up are not looked at.',
    since,
  },
  {
    key: 'system.message_deduplication.max_entries',
    field: 'system.messageDeduplication.maxEntries',
    format: 'count',
    default: deduplicationEntriesDefault,
    min: 1,
    max: deduplicationEntriesMax,
    doc:
      'How many of the newest messages of a partition are looked at. Each id takes up to 40 ' +
      'bytes of `system.memory_pool.size`; where that gets short, fewer are remembered.',
    since,
  },
  {
    key: 'system.message_deduplication.expiry',
    field: 'system.messageDeduplication.expiryMs',
    format: 'duration',
    default: '1 m',
    min: 0,
    max: timeoutMsMax,
    doc: 'Age from which on messages are no longer looked at; 0 looks at them however old they are.',
    since,
  },
] as const satisfies readonly KeyDefinition[];
