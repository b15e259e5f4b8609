import type { TopicRecord } from '../catalog/state.ts';
import { EarlyStamp, type EarlyStamping } from '../shards/early-stamping.ts';
import type { SendOperands } from '../shards/shard-link.ts';

/** What is known of a SendMessages request before all of its frame is there. */
export interface RoutedSend {
  readonly topic: TopicRecord;
  readonly partitionId: number;
  readonly handle: number;
  readonly operands: SendOperands;
}

/** The large frame that arrives on one connection. */
export class ArrivingSend {
  readonly stamp: EarlyStamp;
  #topic: TopicRecord | undefined;
  #partitionId = 0;

  constructor(stamping: EarlyStamping) {
    this.stamp = new EarlyStamp(stamping);
  }

  begin({ topic, partitionId, handle, operands }: RoutedSend): void {
    this.#topic = topic;
    this.#partitionId = partitionId;
    this.stamp.begin(handle, operands);
  }

  /** The partition that was chosen; undefined when it was not, or for another topic. */
  chosenFor(topic: TopicRecord): number | undefined {
    return topic === this.#topic ? this.#partitionId : undefined;
  }

  /** The request never begins. True when the frame's memory is still used, and then freed. */
  abandon(): boolean {
    this.#topic = undefined;
    return this.stamp.abandon();
  }

  /** The request has begun, or its frame goes on as any other. */
  end(): void {
    this.#topic = undefined;
    this.stamp.end();
  }
}
