import {
  type CommandMessage,
  channels,
  type EndedCommandMessage,
} from '../diagnostics/channels.ts';
import { consumerKind } from '../storage/consumer-offsets.ts';
import { codecsByCode } from '../wire/classic/commands.ts';
import type { Exchange } from './exchange.ts';
import type { Services } from './services.ts';

/** What a message gets when its command has ended. */
type Ending = Omit<EndedCommandMessage, keyof CommandMessage>;
type Destination = Pick<Ending, 'stream' | 'topic' | 'partitionId' | 'group'>;

/** True when somebody listens to commands: only then is anything noted of them. */
export function isTraced(): boolean {
  return channels.commandEnded.hasSubscribers || channels.commandStarted.hasSubscribers;
}

/** Tells the channels of commands of one request: that it begins, and how it ended. */
export class CommandTrace {
  readonly #services: Services;
  readonly #message: CommandMessage;

  constructor(services: Services, exchange: Exchange, code: number, requestBytes: number) {
    const { clientId, address, transport, user } = exchange.session;
    this.#services = services;
    this.#message = {
      broker: services.broker,
      clientId,
      address,
      transport,
      command: codecsByCode.get(code)?.name ?? 'unknown',
      code,
      user: user?.name ?? null,
      requestBytes,
      startedMs: performance.now(),
    };
    channels.commandStarted.publish(this.#message);
  }

  /** The answer of the request is complete. */
  end(exchange: Exchange): void {
    if (!channels.commandEnded.hasSubscribers) return;
    const { status, bytes, messagesCount } = exchange;
    const ending: Ending = {
      status,
      durationMs: performance.now() - this.#message.startedMs,
      responseBytes: bytes,
      ...this.#destination(exchange),
      ...(messagesCount === undefined ? {} : { messagesCount }),
    };
    channels.commandEnded.publish(Object.assign(this.#message, ending));
  }

  /** Names of what the request was about, as far as that is still there. */
  #destination({ handle, poll }: Exchange): Destination {
    const place = handle === undefined ? undefined : this.#services.router.placeOf(handle);
    if (place === undefined) return {};
    const stream = this.#services.catalog.streams.find(place.streamId);
    const topic = stream?.topics.find(place.topicId);
    if (stream === undefined || topic === undefined) return {};
    const { partitionId } = place;
    const isGroup = poll?.operands.consumerKind === consumerKind.group;
    const group = isGroup ? topic.groups.find(poll.operands.consumerId)?.name : undefined;
    const names = { stream: stream.name, topic: topic.name, partitionId };
    return group === undefined ? names : { ...names, group };
  }
}
