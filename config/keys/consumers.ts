import { pollWaitMsMax } from '../../src/wire/limits.ts';
import { type KeyDefinition, since, timeoutBounds } from './definition.ts';

/** Keys of consumer groups, polls and heartbeats. */
export const consumerKeys = [
  {
    key: 'consumer_group.rebalancing_timeout',
    field: 'consumerGroup.rebalancingTimeoutMs',
    format: 'duration',
    default: '30 s',
    ...timeoutBounds,
    doc:
      'Longest time that a member of a group keeps a partition that is to go to another, ' +
      'waiting for what it has polled to be committed.',
    since,
  },
  {
    key: 'consumer_group.rebalancing_check_interval',
    field: 'consumerGroup.rebalancingCheckIntervalMs',
    format: 'duration',
    default: '5 s',
    ...timeoutBounds,
    doc: 'How often that time is looked at.',
    since,
  },
  {
    key: 'polling.max_wait',
    field: 'polling.waitMsMax',
    format: 'duration',
    default: 'disabled',
    min: 0,
    max: pollWaitMsMax,
    doc:
      'Longest time that a poll without messages may wait for some, for clients that ask for ' +
      'it: idle consumers then cost nothing. 0 answers every poll at once.',
    since,
  },
  {
    key: 'heartbeat.enabled',
    field: 'heartbeat.enabled',
    format: 'flag',
    default: false,
    doc:
      'Turn connections away that send no ping: they leave their consumer groups, and their ' +
      'next request is answered with status 30.',
    since,
  },
  {
    key: 'heartbeat.interval',
    field: 'heartbeat.intervalMs',
    format: 'duration',
    default: '5 s',
    ...timeoutBounds,
    doc:
      'How often pings are looked for; a connection whose last one is older than 1.2 times ' +
      'this is turned away.',
    since,
  },
] as const satisfies readonly KeyDefinition[];
