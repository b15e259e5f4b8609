import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { VeltroError } from '../../client/errors.ts';
import type { ReceivedMessage } from '../../client/received-message.ts';
import type { PollStart } from '../../client/types.ts';
import type { Identifier } from '../../wire/classic/identifier.ts';
import { clientBatchLengthMax } from '../../wire/limits.ts';
import { status } from '../../wire/status.ts';
import { UsageError } from '../errors.ts';
import { addLeaf, type Session, withClient } from '../leaf.ts';
import { styleFor } from '../output.ts';
import { PartitionReader } from '../partition-reader.ts';
import { messageJson, messageText } from '../print-message.ts';
import { createProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { identifier, offset, timestampMicros, wholeNumber } from '../values.ts';
import { requireTopic } from './topic.ts';

interface MessagePollOptions {
  readonly offset?: bigint;
  readonly timestamp?: bigint;
  readonly first?: boolean;
  readonly last?: boolean;
  readonly next?: boolean;
  readonly count: number;
  readonly consumer?: Identifier;
  readonly group?: Identifier;
  readonly autoCommit?: boolean;
  readonly follow?: boolean;
  readonly showHeaders?: boolean;
}

const COUNT_DEFAULT = 10;
const FOLLOW_COUNT = 1000;
const FOLLOW_PAUSE_MS = 100;

/** Where reading starts when nothing is said: at the beginning, or near the end to follow. */
function startOf(options: MessagePollOptions): PollStart {
  if (options.offset !== undefined) return { offset: options.offset };
  if (options.timestamp !== undefined) return { timestamp: options.timestamp };
  if (options.next === true) return 'next';
  if (options.first === true) return 'first';
  return options.last === true || options.follow === true ? 'last' : 'first';
}

async function openReaders(
  session: Session,
  options: MessagePollOptions,
  stream: Identifier,
  topic: Identifier,
  partition: number | undefined,
): Promise<PartitionReader[]> {
  const ids =
    partition === undefined
      ? (await requireTopic(session, stream, topic)).partitions.map(({ id }) => id)
      : [partition];
  const { consumer, autoCommit = false } = options;
  const reading = { stream, topic, consumer, autoCommit, start: startOf(options) };
  return ids.map((id) => new PartitionReader(session.client, { ...reading, partition: id }));
}

/** Prints messages as they come, no faster than standard output takes them. */
class MessagePrinter {
  readonly #session: Session;
  readonly #format: (partition: number, message: ReceivedMessage) => string;

  constructor(session: Session, showHeaders = false) {
    const { common, terminal } = session;
    const style = styleFor(terminal.stdout, terminal.environment);
    this.#session = session;
    this.#format =
      common.json === true
        ? messageJson
        : (partition, message) => messageText(partition, message, style, showHeaders);
  }

  async print(partition: number, messages: readonly ReceivedMessage[]): Promise<void> {
    const { common, terminal } = this.#session;
    if (common.quiet === true || messages.length === 0) return;
    const lines = messages.map((message) => `${this.#format(partition, message)}\n`);
    if (!terminal.stdout.write(lines.join(''))) await once(terminal.stdout, 'drain');
  }
}

/** Reads up to `count` messages of each partition; returns how many there were. */
async function readAll(
  session: Session,
  options: MessagePollOptions,
  readers: readonly PartitionReader[],
  printer: MessagePrinter,
): Promise<number> {
  const total = options.count * readers.length;
  const isBarWanted = session.terminal.stdout.isTTY !== true;
  const common = isBarWanted ? session.common : { quiet: true };
  const progress = createProgress('messages', common, session.terminal);
  let read = 0;
  try {
    for (const reader of readers) {
      let left = options.count;
      while (left > 0) {
        const messages = await reader.read(left);
        if (messages.length === 0) break;
        await printer.print(reader.partition, messages);
        left -= messages.length;
        read += messages.length;
        progress.update(read, total);
      }
    }
  } finally {
    progress.end();
  }
  return read;
}

/** Reads on and on until Ctrl-C. */
async function follow(
  session: Session,
  options: MessagePollOptions,
  readers: readonly PartitionReader[],
  printer: MessagePrinter,
): Promise<void> {
  const signal = session.terminal.interruption();
  const startsAtLast = startOf(options) === 'last';
  let wanted = startsAtLast ? options.count : FOLLOW_COUNT;
  try {
    while (!signal.aborted) {
      let read = 0;
      for (const reader of readers) {
        const messages = await reader.read(wanted, signal);
        await printer.print(reader.partition, messages);
        read += messages.length;
      }
      wanted = FOLLOW_COUNT;
      if (read === 0) await sleep(FOLLOW_PAUSE_MS, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Reads what the broker gives this member of a group, and commits each message once printed. */
async function followAsMember(
  session: Session,
  options: MessagePollOptions,
  [stream, topic]: readonly [Identifier, Identifier],
  partition: number | undefined,
): Promise<void> {
  const printer = new MessagePrinter(session, options.showHeaders);
  const { group, autoCommit } = options;
  const consumer = session.client.consumer(stream, topic, {
    group,
    partition,
    autoCommit: autoCommit === true ? 'poll' : 'manual',
    signal: session.terminal.interruption(),
  });
  for await (const message of consumer) {
    await printer.print(message.partitionId, [message]);
    if (autoCommit !== true) await commit(message);
  }
  await consumer.close();
}

/** A partition that was taken away is read on by another member. */
async function commit(message: ReceivedMessage): Promise<void> {
  try {
    await message.commit();
  } catch (error) {
    const isTaken = error instanceof VeltroError && error.code === status.NotResolvedConsumer;
    if (!isTaken) throw error;
  }
}

async function poll(
  session: Session,
  options: MessagePollOptions,
  stream: Identifier,
  topic: Identifier,
  partition: number | undefined,
): Promise<undefined> {
  if (startOf(options) === 'last' && options.count > clientBatchLengthMax) {
    throw new UsageError(`With --last, --count is at most ${clientBatchLengthMax}.`);
  }
  if (options.group !== undefined) {
    return void (await followAsMember(session, options, [stream, topic], partition));
  }
  const readers = await openReaders(session, options, stream, topic, partition);
  const printer = new MessagePrinter(session, options.showHeaders);
  if (options.follow === true) return void (await follow(session, options, readers, printer));
  const read = await readAll(session, options, readers, printer);
  const { common, terminal } = session;
  if (read > 0 || common.json === true || common.quiet === true) return;
  terminal.stderr.write('There are no messages to read.\n');
}

const startNames = ['offset', 'timestamp', 'first', 'last', 'next'];

function addStartOptions(command: Command): Command {
  const starts = [
    new Option('-o, --offset <number>', 'start at this offset').argParser(offset),
    new Option('--timestamp <time>', 'start at this time: ISO or microseconds').argParser(
      timestampMicros,
    ),
    new Option('--first', 'start at the oldest message (default)'),
    new Option('--last', 'only the newest messages (default with --follow)'),
    new Option('--next', 'start behind the offset that the consumer has stored'),
  ];
  for (const option of starts) {
    option.conflicts(startNames.filter((name) => name !== option.attributeName()));
    command.addOption(option);
  }
  return command;
}

/** `veltro message poll` */
export function configurePoll(group: Command, terminal: Terminal): void {
  const command = addLeaf(group, 'poll', {
    summary:
      'read messages; prints partition:offset, time and payload, with --json one object a line',
    examples: [
      'message poll dev events',
      'message poll dev events 0 --offset 100 -c 50 --show-headers',
      'message poll dev events --next --consumer mailer --auto-commit --json',
      'message poll dev events --follow',
      'message poll dev events --group mailers',
    ],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<topic>', 'id or name', identifier)
    .argument('[partition]', 'id; without it, every partition is read', wholeNumber(0));
  addStartOptions(command)
    .option('-c, --count <number>', 'messages of each partition', wholeNumber(1), COUNT_DEFAULT)
    .option('--consumer <id>', 'read as this consumer, by id or name (default: 0)', identifier)
    .addOption(
      new Option(
        '-g, --group <id>',
        'share the partitions with the other members of a group: follows, and commits each message',
      )
        .argParser(identifier)
        .conflicts([...startNames, 'consumer', 'count']),
    )
    .option('-a, --auto-commit', 'store the offset of what was read for the consumer')
    .option('--follow', 'go on reading what arrives, until Ctrl-C')
    .option('--show-headers', 'print the headers of each message below it')
    .action(withClient(terminal, poll));
}
