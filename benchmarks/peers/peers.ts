import { ceiling, reference, veltro } from './iggy-peers.ts';
import { kafka } from './kafka.ts';
import { nats } from './nats.ts';
import type { Peer } from './peer.ts';
import { rabbitmq } from './rabbitmq.ts';
import { redis } from './redis.ts';
import type { PeerName } from './work.ts';

/** All that can be compared. */
export const peers: Readonly<Record<PeerName, Peer>> = {
  ceiling,
  veltro,
  reference,
  nats,
  redis,
  rabbitmq,
  kafka,
};
