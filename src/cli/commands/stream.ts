import type { Command } from 'commander';
import type { StreamDetails } from '../../client/types.ts';
import type { Identifier } from '../../wire/classic/identifier.ts';
import type { Stream } from '../../wire/classic/structures/stream.ts';
import { CommandError } from '../errors.ts';
import { approximateSize, isoTime, shortTime } from '../format.ts';
import { addLeaf, type Session, sentence, withClient } from '../leaf.ts';
import { type Answer, properties, table } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { identifier } from '../values.ts';
import { topicFacts, topicsTable } from './topic.ts';

function streamFacts(stream: Stream) {
  const { id, name, createdAt, topicsCount, sizeBytes, messagesCount } = stream;
  return { id, name, createdAt: isoTime(createdAt), topicsCount, sizeBytes, messagesCount };
}

function streamAnswer(stream: StreamDetails): Answer {
  return {
    json: { ...streamFacts(stream), topics: stream.topics.map(topicFacts) },
    text: (style) => {
      const head = properties(
        [
          ['ID', String(stream.id)],
          ['Name', stream.name],
          ['Created', shortTime(stream.createdAt)],
          ['Size', approximateSize(stream.sizeBytes)],
          ['Messages', String(stream.messagesCount)],
          ['Topics', String(stream.topicsCount)],
        ],
        style,
      );
      return stream.topics.length === 0 ? head : `${head}\n${topicsTable(stream.topics, style)}`;
    },
  };
}

function listAnswer(streams: readonly Stream[]): Answer {
  return {
    json: streams.map(streamFacts),
    text: (style) => {
      if (streams.length === 0) return 'There are no streams yet.';
      const rows = streams.map((stream) => [
        String(stream.id),
        shortTime(stream.createdAt),
        stream.name,
        approximateSize(stream.sizeBytes),
        String(stream.messagesCount),
        String(stream.topicsCount),
      ]);
      return table(['ID', 'Created', 'Name', 'Size', 'Messages', 'Topics'], rows, style);
    },
  };
}

async function getStream({ client }: Session, id: Identifier): Promise<Answer> {
  const stream = await client.streams.get(id);
  if (stream === null) throw new CommandError(`There is no stream ${id}.`);
  return streamAnswer(stream);
}

function addReaders(group: Command, terminal: Terminal): void {
  addLeaf(group, 'get', {
    summary: 'show a stream and its topics',
    examples: ['stream get dev', 'stream get 1 --json'],
  })
    .argument('<stream>', 'id or name', identifier)
    .action(withClient(terminal, (session, _, id: Identifier) => getStream(session, id)));
  addLeaf(group, 'list', {
    summary: 'list the streams',
    examples: ['stream list', 'stream list --json'],
  }).action(withClient(terminal, async ({ client }) => listAnswer(await client.streams.list())));
}

function addWriters(group: Command, terminal: Terminal): void {
  addLeaf(group, 'create', {
    summary: 'create a stream',
    examples: ['stream create dev'],
  })
    .argument('<name>', 'name, 1 to 255 bytes')
    .action(
      withClient(terminal, async ({ client }, _, name: string) => {
        const stream = await client.streams.create(name);
        return sentence(`Created stream ${name} with id ${stream.id}.`, streamFacts(stream));
      }),
    );
  addLeaf(group, 'update', {
    summary: 'rename a stream',
    examples: ['stream update dev production'],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<name>', 'new name, 1 to 255 bytes')
    .action(
      withClient(terminal, async ({ client }, _, stream: Identifier, name: string) => {
        await client.streams.update(stream, { name });
        return sentence(`Renamed stream ${stream} to ${name}.`, { stream, name });
      }),
    );
}

function addRemovers(group: Command, terminal: Terminal): void {
  addLeaf(group, 'delete', {
    summary: 'delete a stream with everything in it',
    examples: ['stream delete dev'],
  })
    .argument('<stream>', 'id or name', identifier)
    .action(
      withClient(terminal, async ({ client }, _, stream: Identifier) => {
        await client.streams.delete(stream);
        return sentence(`Deleted stream ${stream}.`, { stream, deleted: true });
      }),
    );
  addLeaf(group, 'purge', {
    summary: 'delete all messages of a stream, but keep its topics',
    examples: ['stream purge dev'],
  })
    .argument('<stream>', 'id or name', identifier)
    .action(
      withClient(terminal, async ({ client }, _, stream: Identifier) => {
        await client.streams.purge(stream);
        return sentence(`Deleted all messages of stream ${stream}.`, { stream, purged: true });
      }),
    );
}

/** `veltro stream …` */
export function configure(group: Command, terminal: Terminal): void {
  addReaders(group, terminal);
  addWriters(group, terminal);
  addRemovers(group, terminal);
}
