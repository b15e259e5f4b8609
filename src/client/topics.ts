import type { Acknowledgement } from '../wire/acknowledgement.ts';
import { createTopic } from '../wire/classic/commands/create-topic.ts';
import { deleteTopic } from '../wire/classic/commands/delete-topic.ts';
import { getTopic } from '../wire/classic/commands/get-topic.ts';
import { getTopics } from '../wire/classic/commands/get-topics.ts';
import { purgeTopic } from '../wire/classic/commands/purge-topic.ts';
import { updateTopic } from '../wire/classic/commands/update-topic.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import {
  compressionAlgorithms,
  SERVER_DEFAULT,
  type Topic as WireTopic,
} from '../wire/classic/structures/topic.ts';
import type { TopicDetails as WireTopicDetails } from '../wire/classic/structures/topic-details.ts';
import type { TopicRequestExtension } from '../wire/classic/structures/topic-extension.ts';
import { partitionsPerRequestMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { choiceOption, integerOption } from './checks.ts';
import { refusal, VeltroError } from './errors.ts';
import type { Session } from './session.ts';
import type {
  Compression,
  CreateTopicOptions,
  RequestOptions,
  Topic,
  TopicChanges,
  TopicDetails,
  TopicSettings,
} from './types.ts';

const LEVELS = ['written', 'synced', 'interval'] as const satisfies readonly Acknowledgement[];

/** Commands about topics; stream and topic each by id or name. */
export class Topics {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Status 1009 for a missing stream, 2013 when the name is taken. */
  async create(
    stream: Identifier,
    name: string,
    options: CreateTopicOptions = {},
  ): Promise<TopicDetails> {
    const request = {
      streamId: stream,
      name,
      partitionsCount: integerOption('partitions', options.partitions, 1, [
        0,
        partitionsPerRequestMax,
      ]),
      ...wireSettings(options),
      ...(await this.#extension(options)),
    };
    return detailsOf(await this.#session.request(createTopic, request, options));
  }

  /** Null for a stream or topic that does not exist. */
  async get(
    stream: Identifier,
    topic: Identifier,
    options?: RequestOptions,
  ): Promise<TopicDetails | null> {
    const request = { streamId: stream, topicId: topic };
    // A broker that knows more than the protocol tells it only to those who have asked.
    await this.#session.offer();
    const details = await this.#session.request(getTopic, request, options);
    return details && detailsOf(details);
  }

  /** The topics of a stream by ascending id, none for a missing stream. */
  async list(stream: Identifier, options?: RequestOptions): Promise<readonly Topic[]> {
    const topics = await this.#session.request(getTopics, { streamId: stream }, options);
    return topics.map(topicOf);
  }

  /**
   * Changes what is given and keeps the rest. The protocol replaces all settings at once, so the
   * present ones are read first: of two updates at the same time one may undo the other.
   */
  async update(
    stream: Identifier,
    topic: Identifier,
    changes: TopicChanges,
    options?: RequestOptions,
  ): Promise<void> {
    const present = await this.get(stream, topic, options);
    if (present === null) throw refusal(updateTopic.name, status.TopicIdNotFound);
    const { acknowledgement: _, ...settings } = { ...present, ...given(changes) };
    const request = {
      streamId: stream,
      topicId: topic,
      name: settings.name,
      ...wireSettings(settings),
      ...(await this.#extension(changes)),
    };
    await this.#session.request(updateTopic, request, options);
  }

  /** Deletes the topic with all it holds. Status 1009 or 2010 when it is missing. */
  delete(stream: Identifier, topic: Identifier, options?: RequestOptions): Promise<void> {
    return this.#session.request(deleteTopic, { streamId: stream, topicId: topic }, options);
  }

  /** Drops messages and stored offsets. Status 1009 or 2010 when it is missing. */
  purge(stream: Identifier, topic: Identifier, options?: RequestOptions): Promise<void> {
    return this.#session.request(purgeTopic, { streamId: stream, topicId: topic }, options);
  }

  /** The settings that the protocol does not have; status 5 where the broker does not either. */
  async #extension({ acknowledgement }: TopicSettings): Promise<TopicRequestExtension> {
    if (acknowledgement === undefined) return {};
    if (acknowledgement !== null) choiceOption('acknowledgement', acknowledgement, LEVELS);
    if ((await this.#session.offer()) !== undefined) return { acknowledgement };
    const message = 'The broker does not know what an acknowledgement of a topic could mean.';
    throw new VeltroError(status.FeatureUnavailable, message);
  }
}

function detailsOf(details: WireTopicDetails): TopicDetails {
  const { partitions, acknowledgement } = details;
  const extension = acknowledgement === undefined ? {} : { acknowledgement };
  return { ...topicOf(details), partitions, ...extension };
}

/** A topic of the protocol as the client shows it. */
export function topicOf({ compressionAlgorithm, ...topic }: WireTopic): Topic {
  return { ...topic, compression: compressionOf(compressionAlgorithm) };
}

function compressionOf(code: number): Compression {
  if (code === compressionAlgorithms.none) return 'none';
  if (code === compressionAlgorithms.gzip) return 'gzip';
  const message = `The broker answered the unknown compression ${code}.`;
  throw new VeltroError(status.InvalidBytesResponse, message);
}

function wireSettings(settings: TopicSettings) {
  const compression = choiceOption('compression', settings.compression, ['none', 'gzip']);
  return {
    compressionAlgorithm: compressionAlgorithms[compression],
    messageExpiryMicros: settings.messageExpiryMicros ?? SERVER_DEFAULT,
    maxSizeBytes: settings.maxSizeBytes ?? SERVER_DEFAULT,
    replicationFactor: settings.replicationFactor ?? 1,
  };
}

function given(changes: TopicChanges): TopicChanges {
  const pairs = Object.entries(changes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(pairs) as TopicChanges;
}
