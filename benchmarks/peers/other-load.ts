// What the brokers with protocols of their own have in common: the load generator in Go.
import type { Program } from '../ceiling/tools.ts';
import type { Deletion, Installation } from './peer.ts';
import { isSmall, type PeerName, type Work } from './work.ts';

/** Kafka and RabbitMQ push what a consumer has subscribed to. */
export function noSingleReads(work: Work): string | undefined {
  return work.mode === 'poll' && isSmall(work)
    ? 'its consumers subscribe and do not ask for single messages'
    : undefined;
}

/** The command lines for one broker of `generator/`. */
export function loaderFor(broker: PeerName) {
  return ({ paths }: Installation, port: number, work: Work | Deletion): Program => {
    const { mode, connections } = work;
    const amount =
      work.mode === 'delete'
        ? []
        : ['-batches', `${work.batches}`, '-messages', `${work.messages}`];
    const place = ['-broker', broker, '-port', String(port)];
    return {
      command: paths.generator,
      arguments: [...place, '-mode', mode, '-connections', String(connections), ...amount],
    };
  };
}
