import { createStream } from '../../src/wire/classic/commands/create-stream.ts';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { checkAll, PipelineModel } from './pipeline.ts';
import type { SeededRandom } from './random.ts';
import type { RawClient } from './raw-client.ts';
import { topicRequest } from './topic-kit.ts';

const PARTITIONS = 4;
const STEPS = 40;

/** A client that goes on using a stream of its own and checks everything that it is answered. */
export class SteadyTraffic {
  readonly #client: RawClient;
  readonly #model: PipelineModel;
  #done!: Promise<void>;
  #isStopped = false;

  private constructor(client: RawClient, model: PipelineModel) {
    this.#client = client;
    this.#model = model;
  }

  static async start(client: RawClient, random: SeededRandom, name: string) {
    await client.call(createStream, { name });
    await client.call(createTopic, topicRequest(name, 'events', PARTITIONS));
    const place = { streamId: name, topicId: 'events' };
    const traffic = new SteadyTraffic(client, new PipelineModel(random, PARTITIONS, place));
    traffic.#done = traffic.#run();
    // Whoever stops it gets to know of a failure; until then it is no unhandled one.
    traffic.#done.catch(() => {});
    return traffic;
  }

  /** Ends after the round under way. Rejects when any answer was wrong. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) await this.#round();
  }

  /** So many random requests in one write. */
  async #round(): Promise<void> {
    const steps = this.#model.steps(STEPS);
    this.#client.socket.write(Buffer.concat(steps.map(({ frame }) => frame)));
    checkAll(steps, await this.#client.take(steps.length));
  }
}
