import { channels, type StartMessage } from '../diagnostics/channels.ts';
import type { ConsumerGroup } from '../groups/consumer-group.ts';

/** Tells the channels about the life of a broker and about its groups, if somebody listens. */
export class BrokerEvents {
  readonly #broker: string;

  /** `broker` is its data directory. */
  constructor(broker: string) {
    this.#broker = broker;
  }

  started(start: Omit<StartMessage, 'broker'>): void {
    const { brokerStarted } = channels;
    if (brokerStarted.hasSubscribers) brokerStarted.publish({ broker: this.#broker, ...start });
  }

  draining(): void {
    const { brokerDraining } = channels;
    if (brokerDraining.hasSubscribers) brokerDraining.publish({ broker: this.#broker });
  }

  stopped(isClean: boolean): void {
    const { brokerStopped } = channels;
    if (brokerStopped.hasSubscribers) brokerStopped.publish({ broker: this.#broker, isClean });
  }

  groupChanged({ place, membersCount, generation, isMoving }: ConsumerGroup): void {
    const { groupChanged } = channels;
    if (!groupChanged.hasSubscribers) return;
    const { streamId, topicId, groupId } = place;
    const group = { streamId, topicId, groupId, membersCount, generation, isMoving };
    groupChanged.publish({ broker: this.#broker, ...group });
  }
}
