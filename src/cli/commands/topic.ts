import { type Command, Option } from 'commander';
import type { Compression, Topic, TopicDetails } from '../../client/types.ts';
import { type Acknowledgement, acknowledgements } from '../../wire/acknowledgement.ts';
import type { Identifier } from '../../wire/classic/identifier.ts';
import { partitionsPerRequestMax } from '../../wire/limits.ts';
import { CommandError } from '../errors.ts';
import {
  approximateSize,
  counted,
  expiryText,
  isoTime,
  shortTime,
  topicSizeText,
} from '../format.ts';
import { addLeaf, type Session, sentence, withClient } from '../leaf.ts';
import { type Answer, properties, type Style, table } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { expiryMicros, identifier, topicSizeBytes, wholeNumber } from '../values.ts';

interface SettingOptions {
  readonly compression?: Compression;
  readonly expiry?: bigint;
  readonly maxSize?: bigint;
  readonly replicationFactor?: number;
  readonly acknowledgement?: Acknowledgement | typeof SERVER_DEFAULT;
}

const SERVER_DEFAULT = 'server_default';

const REPLICATION_FACTOR_MAX = 255;

const compressions: readonly Compression[] = ['none', 'gzip'];

/** A topic as `--json` shows it. */
export function topicFacts(topic: Topic) {
  return {
    id: topic.id,
    name: topic.name,
    createdAt: isoTime(topic.createdAt),
    partitionsCount: topic.partitionsCount,
    compression: topic.compression,
    messageExpiry: expiryText(topic.messageExpiryMicros),
    maxSize: topicSizeText(topic.maxSizeBytes),
    replicationFactor: topic.replicationFactor,
    sizeBytes: topic.sizeBytes,
    messagesCount: topic.messagesCount,
  };
}

/** Topics as a table, one a row. */
export function topicsTable(topics: readonly Topic[], style: Style): string {
  const columns = [
    'ID',
    'Created',
    'Name',
    'Size',
    'Max size',
    'Compression',
    'Expiry',
    'Messages',
    'Partitions',
  ];
  const rows = topics.map((topic) => [
    String(topic.id),
    shortTime(topic.createdAt),
    topic.name,
    approximateSize(topic.sizeBytes),
    topicSizeText(topic.maxSizeBytes),
    topic.compression,
    expiryText(topic.messageExpiryMicros),
    String(topic.messagesCount),
    String(topic.partitionsCount),
  ]);
  return table(columns, rows, style);
}

/** What an acknowledgement of a topic means; nothing where the broker does not say. */
function acknowledgementRows({ acknowledgement }: TopicDetails): [string, string][] {
  if (acknowledgement === undefined) return [];
  const { level, isDefault } = acknowledgement;
  return [['Acknowledgement', isDefault ? `${level} (default of the broker)` : level]];
}

function partitionsTable({ partitions }: TopicDetails, style: Style): string {
  const rows = partitions.map((partition) => [
    String(partition.id),
    shortTime(partition.createdAt),
    String(partition.segmentsCount),
    String(partition.currentOffset),
    approximateSize(partition.sizeBytes),
    String(partition.messagesCount),
  ]);
  const columns = ['Partition', 'Created', 'Segments', 'Current offset', 'Size', 'Messages'];
  return table(columns, rows, style);
}

function topicAnswer(topic: TopicDetails): Answer {
  const partitions = topic.partitions.map((partition) => ({
    ...partition,
    createdAt: isoTime(partition.createdAt),
  }));
  return {
    json: { ...topicFacts(topic), acknowledgement: topic.acknowledgement, partitions },
    text: (style) => {
      const head = properties(
        [
          ['ID', String(topic.id)],
          ['Name', topic.name],
          ['Created', shortTime(topic.createdAt)],
          ['Size', approximateSize(topic.sizeBytes)],
          ['Max size', topicSizeText(topic.maxSizeBytes)],
          ['Compression', topic.compression],
          ['Expiry', expiryText(topic.messageExpiryMicros)],
          ...acknowledgementRows(topic),
          ['Messages', String(topic.messagesCount)],
          ['Partitions', String(topic.partitionsCount)],
        ],
        style,
      );
      return topic.partitionsCount === 0 ? head : `${head}\n${partitionsTable(topic, style)}`;
    },
  };
}

/** The topic, or a sentence that it does not exist. */
export async function requireTopic(
  { client }: Session,
  stream: Identifier,
  id: Identifier,
): Promise<TopicDetails> {
  const topic = await client.topics.get(stream, id);
  if (topic === null) throw new CommandError(`There is no topic ${id} in stream ${stream}.`);
  return topic;
}

function addSettingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--compression <name>', 'how clients compress payloads').choices(compressions),
    )
    .option('--expiry <duration>', '"7 days", never_expire or server_default', expiryMicros)
    .option('--max-size <size>', '"10 GiB", unlimited or server_default', topicSizeBytes)
    .addOption(
      new Option(
        '--acknowledgement <level>',
        'what a message has survived when it is acknowledged',
      ).choices([...acknowledgements, SERVER_DEFAULT]),
    )
    .option(
      '--replication-factor <number>',
      'copies; kept, but without effect on a single broker',
      wholeNumber(1, REPLICATION_FACTOR_MAX),
    );
}

function settings(options: SettingOptions) {
  const { acknowledgement } = options;
  return {
    compression: options.compression,
    messageExpiryMicros: options.expiry,
    maxSizeBytes: options.maxSize,
    replicationFactor: options.replicationFactor,
    acknowledgement: acknowledgement === SERVER_DEFAULT ? null : acknowledgement,
  };
}

async function createTopic(
  { client }: Session,
  options: SettingOptions & { readonly partitions: number },
  stream: Identifier,
  name: string,
): Promise<Answer> {
  const { partitions } = options;
  const topic = await client.topics.create(stream, name, { partitions, ...settings(options) });
  const count = counted(topic.partitionsCount, 'partition');
  const text = `Created topic ${name} with id ${topic.id} and ${count} in stream ${stream}.`;
  return sentence(text, topicFacts(topic));
}

async function updateTopic(
  session: Session,
  options: SettingOptions,
  stream: Identifier,
  id: Identifier,
  name: string | undefined,
): Promise<Answer> {
  const topic = await requireTopic(session, stream, id);
  await session.client.topics.update(stream, topic.id, { name, ...settings(options) });
  const changed = await requireTopic(session, stream, topic.id);
  return sentence(`Updated topic ${changed.name} of stream ${stream}.`, topicFacts(changed));
}

function addReaders(group: Command, terminal: Terminal): void {
  addLeaf(group, 'get', {
    summary: 'show a topic and its partitions',
    examples: ['topic get dev events', 'topic get 1 1 --json'],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<topic>', 'id or name', identifier)
    .action(
      withClient(terminal, async (session, _, stream: Identifier, topic: Identifier) =>
        topicAnswer(await requireTopic(session, stream, topic)),
      ),
    );
  addLeaf(group, 'list', {
    summary: 'list the topics of a stream',
    examples: ['topic list dev', 'topic list dev --json'],
  })
    .argument('<stream>', 'id or name', identifier)
    .action(
      withClient(terminal, async ({ client }, _, stream: Identifier) => {
        const topics = await client.topics.list(stream);
        const none = `There are no topics in stream ${stream}.`;
        return {
          json: topics.map(topicFacts),
          text: (style) => (topics.length === 0 ? none : topicsTable(topics, style)),
        };
      }),
    );
}

function addWriters(group: Command, terminal: Terminal): void {
  const create = addLeaf(group, 'create', {
    summary: 'create a topic',
    examples: [
      'topic create dev events --partitions 4',
      'topic create dev payments --acknowledgement synced',
      'topic create dev logs --expiry "7 days" --max-size "10 GiB"',
    ],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<name>', 'name, 1 to 255 bytes')
    .option(
      '-n, --partitions <count>',
      'partitions to begin with',
      wholeNumber(0, partitionsPerRequestMax),
      1,
    );
  addSettingOptions(create).action(withClient(terminal, createTopic));
  const update = addLeaf(group, 'update', {
    summary: 'rename a topic or change its settings; what is not given stays as it is',
    examples: ['topic update dev events orders', 'topic update dev events --expiry "30 days"'],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<topic>', 'id or name', identifier)
    .argument('[name]', 'new name, 1 to 255 bytes');
  addSettingOptions(update).action(withClient(terminal, updateTopic));
}

function addRemovers(group: Command, terminal: Terminal): void {
  addLeaf(group, 'delete', {
    summary: 'delete a topic with everything in it',
    examples: ['topic delete dev events'],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<topic>', 'id or name', identifier)
    .action(
      withClient(terminal, async ({ client }, _, stream: Identifier, topic: Identifier) => {
        await client.topics.delete(stream, topic);
        const facts = { stream, topic, deleted: true };
        return sentence(`Deleted topic ${topic} of stream ${stream}.`, facts);
      }),
    );
  addLeaf(group, 'purge', {
    summary: 'delete all messages of a topic, but keep its partitions',
    examples: ['topic purge dev events'],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<topic>', 'id or name', identifier)
    .action(
      withClient(terminal, async ({ client }, _, stream: Identifier, topic: Identifier) => {
        await client.topics.purge(stream, topic);
        const facts = { stream, topic, purged: true };
        return sentence(`Deleted all messages of topic ${topic} of stream ${stream}.`, facts);
      }),
    );
}

/** `veltro topic …` */
export function configure(group: Command, terminal: Terminal): void {
  addReaders(group, terminal);
  addWriters(group, terminal);
  addRemovers(group, terminal);
}
