import assert from 'node:assert/strict';
import type { Client } from '../../src/client/client.ts';
import { VeltroError } from '../../src/client/errors.ts';
import { status } from '../../src/wire/status.ts';
import type { SeededRandom } from '../support/random.ts';

const STREAMS_MAX = 4;
const TOPICS_MAX = 3;
const USERS_MAX = 4;

/** What a broker's catalog holds, as a client can see it. */
interface Content {
  /** Topics by the names of their streams. */
  readonly streams: Record<string, Record<string, TopicContent>>;
  readonly users: Record<string, UserContent>;
  readonly tokens: string[];
}

interface TopicContent {
  partitions: number;
  maxSize: string;
  readonly groups: string[];
}

interface UserContent {
  status: string;
  mayReadUsers: boolean;
}

type Change = (client: Client, after: Content) => Promise<unknown>;

/**
 * Random changes, one after the other, and what the catalog must hold after them: all that were
 * answered, and of the one that was under way when the broker died either everything or nothing.
 */
export class CatalogLoad {
  readonly #random: SeededRandom;
  #content: Content = { streams: {}, users: {}, tokens: [] };
  /** What there is if the change without an answer was made after all. */
  #possible: Content | undefined;
  #named = 0;
  answered = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Makes changes until the broker is gone. */
  async run(client: Client): Promise<void> {
    for (;;) {
      const after = structuredClone(this.#content);
      this.#possible = after;
      try {
        await this.#pick()(client, after);
      } catch (error) {
        if (isGone(error)) return;
        throw error;
      }
      this.#content = after;
      this.#possible = undefined;
      this.answered++;
    }
  }

  /** Compares with what the broker has, which then is what counts. */
  async verify(client: Client): Promise<void> {
    const found = await contentOf(client);
    try {
      assert.deepEqual(found, this.#content);
    } catch (error) {
      if (this.#possible === undefined) throw error;
      assert.deepEqual(found, this.#possible);
    }
    this.#content = found;
  }

  #pick(): Change {
    const changes = [
      this.#createStream,
      this.#deleteStream,
      this.#createTopic,
      this.#createTopic,
      this.#updateTopic,
      this.#deleteTopic,
      this.#addPartitions,
      this.#deletePartitions,
      this.#createGroup,
      this.#deleteGroup,
      this.#createUser,
      this.#updateUser,
      this.#grant,
      this.#deleteUser,
      this.#createToken,
      this.#deleteToken,
    ];
    return changes[this.#random.integer(0, changes.length - 1)].bind(this);
  }

  #newName(kind: string): string {
    return `${kind}-${this.#named++}`;
  }

  #anyOf(names: readonly string[]): string | undefined {
    return names[this.#random.integer(0, names.length - 1)];
  }

  #anyTopic({ streams }: Content): { stream: string; topic: string; content: TopicContent } | null {
    const places = Object.entries(streams).flatMap(([stream, topics]) =>
      Object.entries(topics).map(([topic, content]) => ({ stream, topic, content })),
    );
    return places[this.#random.integer(0, places.length - 1)] ?? null;
  }

  async #createStream(client: Client, after: Content): Promise<void> {
    if (Object.keys(after.streams).length >= STREAMS_MAX) return this.#deleteStream(client, after);
    const name = this.#newName('stream');
    after.streams[name] = {};
    await client.streams.create(name);
  }

  async #deleteStream(client: Client, after: Content): Promise<void> {
    const name = this.#anyOf(Object.keys(after.streams));
    if (name === undefined) return;
    delete after.streams[name];
    await client.streams.delete(name);
  }

  async #createTopic(client: Client, after: Content): Promise<void> {
    const stream = this.#anyOf(Object.keys(after.streams));
    if (stream === undefined || Object.keys(after.streams[stream]).length >= TOPICS_MAX) return;
    const name = this.#newName('topic');
    const partitions = this.#random.integer(0, 3);
    after.streams[stream][name] = { partitions, maxSize: 'unlimited', groups: [] };
    await client.topics.create(stream, name, { partitions });
  }

  async #updateTopic(client: Client, after: Content): Promise<void> {
    const place = this.#anyTopic(after);
    if (place === null) return;
    const { stream, topic, content } = place;
    const maxSizeBytes = 2n ** 32n + BigInt(this.#random.integer(0, 1000));
    const name = this.#newName('topic');
    delete after.streams[stream][topic];
    after.streams[stream][name] = { ...content, maxSize: String(maxSizeBytes) };
    await client.topics.update(stream, topic, { name, maxSizeBytes });
  }

  async #deleteTopic(client: Client, after: Content): Promise<void> {
    const place = this.#anyTopic(after);
    if (place === null) return;
    delete after.streams[place.stream][place.topic];
    await client.topics.delete(place.stream, place.topic);
  }

  async #addPartitions(client: Client, after: Content): Promise<void> {
    const place = this.#anyTopic(after);
    if (place === null || place.content.partitions > 6) return;
    place.content.partitions += 2;
    await client.partitions.create(place.stream, place.topic, 2);
  }

  async #deletePartitions(client: Client, after: Content): Promise<void> {
    const place = this.#anyTopic(after);
    if (place === null || place.content.partitions === 0) return;
    place.content.partitions--;
    await client.partitions.delete(place.stream, place.topic, 1);
  }

  async #createGroup(client: Client, after: Content): Promise<void> {
    const place = this.#anyTopic(after);
    if (place === null) return;
    const name = this.#newName('group');
    place.content.groups.push(name);
    await client.groups.create(place.stream, place.topic, name);
  }

  async #deleteGroup(client: Client, after: Content): Promise<void> {
    const place = this.#anyTopic(after);
    const name = place?.content.groups.shift();
    if (place === null || name === undefined) return;
    await client.groups.delete(place.stream, place.topic, name);
  }

  async #createUser(client: Client, after: Content): Promise<void> {
    if (Object.keys(after.users).length >= USERS_MAX) return this.#deleteUser(client, after);
    const name = this.#newName('user');
    after.users[name] = { status: 'active', mayReadUsers: false };
    await client.users.create(name, 'secret');
  }

  async #updateUser(client: Client, after: Content): Promise<void> {
    const name = this.#anyOf(Object.keys(after.users));
    if (name === undefined) return;
    const next = after.users[name].status === 'active' ? 'inactive' : 'active';
    after.users[name].status = next;
    await client.users.update(name, { status: next });
  }

  async #grant(client: Client, after: Content): Promise<void> {
    const name = this.#anyOf(Object.keys(after.users));
    if (name === undefined) return;
    const mayReadUsers = !after.users[name].mayReadUsers;
    after.users[name].mayReadUsers = mayReadUsers;
    await client.users.updatePermissions(name, { global: { readUsers: mayReadUsers } });
  }

  async #deleteUser(client: Client, after: Content): Promise<void> {
    const name = this.#anyOf(Object.keys(after.users));
    if (name === undefined) return;
    delete after.users[name];
    await client.users.delete(name);
  }

  async #createToken(client: Client, after: Content): Promise<void> {
    if (after.tokens.length > 5) return this.#deleteToken(client, after);
    const name = this.#newName('token');
    after.tokens.push(name);
    await client.tokens.create(name);
  }

  async #deleteToken(client: Client, after: Content): Promise<void> {
    const name = after.tokens.shift();
    if (name !== undefined) await client.tokens.delete(name);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof VeltroError && error.code === status.ConnectionClosed;
}

async function contentOf(client: Client): Promise<Content> {
  const content: Content = { streams: {}, users: {}, tokens: [] };
  for (const { name } of await client.streams.list()) {
    content.streams[name] = await topicsOf(client, name);
  }
  for (const { id, username, status: state } of await client.users.list()) {
    if (id === 0) continue;
    const details = await client.users.get(id);
    const mayReadUsers = details?.permissions?.global.readUsers ?? false;
    content.users[username] = { status: state, mayReadUsers };
  }
  content.tokens.push(...(await client.tokens.list()).map(({ name }) => name).sort(byNumber));
  return content;
}

async function topicsOf(client: Client, stream: string): Promise<Record<string, TopicContent>> {
  const topics: Record<string, TopicContent> = {};
  for (const { name, partitionsCount, maxSizeBytes } of await client.topics.list(stream)) {
    const groups = (await client.groups.list(stream, name)).map((group) => group.name);
    topics[name] = {
      partitions: partitionsCount,
      maxSize: maxSizeBytes === 2n ** 64n - 1n ? 'unlimited' : String(maxSizeBytes),
      groups: groups.sort(byNumber),
    };
  }
  return topics;
}

/** In the order they were made: their names count up. */
function byNumber(left: string, right: string): number {
  return Number(left.split('-')[1]) - Number(right.split('-')[1]);
}
