import type { Command } from 'commander';
import type { Identifier } from '../../wire/classic/identifier.ts';
import type {
  ConsumerGroup,
  ConsumerGroupDetails,
} from '../../wire/classic/structures/consumer-group.ts';
import { CommandError } from '../errors.ts';
import { addLeaf, type Session, sentence, withClient } from '../leaf.ts';
import { type Answer, properties, table } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { identifier } from '../values.ts';

function listAnswer(groups: readonly ConsumerGroup[], topic: Identifier): Answer {
  return {
    json: groups,
    text: (style) => {
      if (groups.length === 0) return `There are no consumer groups of topic ${topic}.`;
      const rows = groups.map(({ id, name, partitionsCount, membersCount }) =>
        [id, name, partitionsCount, membersCount].map(String),
      );
      return table(['ID', 'Name', 'Partitions', 'Members'], rows, style);
    },
  };
}

function groupAnswer(group: ConsumerGroupDetails): Answer {
  return {
    json: group,
    text: (style) => {
      const head = properties(
        [
          ['ID', String(group.id)],
          ['Name', group.name],
          ['Partitions', String(group.partitionsCount)],
          ['Members', String(group.membersCount)],
        ],
        style,
      );
      if (group.members.length === 0) return head;
      const rows = group.members.map(({ id, partitions }) => [String(id), partitions.join(', ')]);
      return `${head}\n${table(['Member', 'Partitions'], rows, style)}`;
    },
  };
}

async function getGroup(
  { client }: Session,
  _: object,
  stream: Identifier,
  topic: Identifier,
  id: Identifier,
): Promise<Answer> {
  const group = await client.groups.get(stream, topic, id);
  if (group === null) {
    throw new CommandError(`There is no consumer group ${id} of topic ${topic}.`);
  }
  return groupAnswer(group);
}

function addReaders(group: Command, terminal: Terminal): void {
  addLeaf(group, 'get', {
    summary: 'show a consumer group, its members and their partitions',
    examples: ['group get dev events mailers', 'group get dev events 0 --json'],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<topic>', 'id or name', identifier)
    .argument('<group>', 'id or name', identifier)
    .action(withClient(terminal, getGroup));
  addLeaf(group, 'list', {
    summary: 'list the consumer groups of a topic',
    examples: ['group list dev events', 'group list dev events --json'],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<topic>', 'id or name', identifier)
    .action(
      withClient(terminal, async ({ client }, _, stream: Identifier, topic: Identifier) =>
        listAnswer(await client.groups.list(stream, topic), topic),
      ),
    );
}

async function createGroup(
  { client }: Session,
  _: object,
  stream: Identifier,
  topic: Identifier,
  name: string,
): Promise<Answer> {
  const group = await client.groups.create(stream, topic, name);
  return sentence(`Created consumer group ${name} with id ${group.id}.`, { ...group });
}

async function deleteGroup(
  { client }: Session,
  _: object,
  stream: Identifier,
  topic: Identifier,
  group: Identifier,
): Promise<Answer> {
  await client.groups.delete(stream, topic, group);
  const facts = { stream, topic, group, deleted: true };
  return sentence(`Deleted consumer group ${group} of topic ${topic}.`, facts);
}

/** `veltro group …`: members come and go with connections, see `message poll --group`. */
export function configure(group: Command, terminal: Terminal): void {
  addLeaf(group, 'create', {
    summary: 'create a consumer group of a topic',
    examples: ['group create dev events mailers'],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<topic>', 'id or name', identifier)
    .argument('<name>', 'name, 1 to 255 bytes')
    .action(withClient(terminal, createGroup));
  addReaders(group, terminal);
  addLeaf(group, 'delete', {
    summary: 'delete a consumer group with the offsets that it has stored',
    examples: ['group delete dev events mailers'],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<topic>', 'id or name', identifier)
    .argument('<group>', 'id or name', identifier)
    .action(withClient(terminal, deleteGroup));
}
