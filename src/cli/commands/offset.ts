import { type Command, Option } from 'commander';
import type { Reading } from '../../client/types.ts';
import type { Identifier } from '../../wire/classic/identifier.ts';
import { CommandError } from '../errors.ts';
import { addLeaf, type Session, sentence, withClient } from '../leaf.ts';
import { type Answer, properties } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { identifier, offset as parseOffset, wholeNumber } from '../values.ts';

interface KindOptions {
  readonly kind: 'consumer' | 'group';
}

type Target = readonly [
  consumer: Identifier,
  stream: Identifier,
  topic: Identifier,
  partition: number,
];

function reading({ kind }: KindOptions, id: Identifier): Reading {
  return kind === 'group' ? { group: id } : { consumer: id };
}

function nameOf({ kind }: KindOptions, [id, stream, topic, partition]: Target): string {
  return `${kind} ${id} in partition ${partition} of topic ${topic} of stream ${stream}`;
}

async function getOffset(
  { client }: Session,
  options: KindOptions,
  ...target: Target
): Promise<Answer> {
  const [consumer, stream, topic, partition] = target;
  const found = await client.offsets.get(stream, topic, {
    ...reading(options, consumer),
    partition,
  });
  if (found === null) {
    throw new CommandError(`There is no stored offset of ${nameOf(options, target)}.`);
  }
  const { currentOffset, storedOffset } = found;
  return {
    json: { kind: options.kind, consumer, stream, topic, partition, currentOffset, storedOffset },
    text: (style) =>
      properties(
        [
          [options.kind === 'group' ? 'Group' : 'Consumer', String(consumer)],
          ['Stream', String(stream)],
          ['Topic', String(topic)],
          ['Partition', String(partition)],
          ['Current offset', String(currentOffset)],
          ['Stored offset', String(storedOffset)],
        ],
        style,
      ),
  };
}

async function setOffset(
  { client }: Session,
  options: KindOptions,
  ...typed: readonly [...Target, bigint]
): Promise<Answer> {
  const [consumer, stream, topic, partition, offset] = typed;
  await client.offsets.store(stream, topic, { ...reading(options, consumer), partition, offset });
  const where = nameOf(options, [consumer, stream, topic, partition]);
  const facts = { kind: options.kind, consumer, stream, topic, partition, storedOffset: offset };
  return sentence(`Stored offset ${offset} for ${where}.`, facts);
}

async function deleteOffset(
  { client }: Session,
  options: KindOptions,
  ...target: Target
): Promise<Answer> {
  const [consumer, stream, topic, partition] = target;
  await client.offsets.delete(stream, topic, { ...reading(options, consumer), partition });
  const facts = { kind: options.kind, consumer, stream, topic, partition, deleted: true };
  return sentence(`Deleted the offset of ${nameOf(options, target)}.`, facts);
}

function addVerb(group: Command, verb: string, summary: string, examples: [string, string]) {
  return addLeaf(group, verb, { summary, examples })
    .argument('<consumer>', 'id or name of a consumer or group', identifier)
    .argument('<stream>', 'id or name', identifier)
    .argument('<topic>', 'id or name', identifier)
    .argument('<partition>', 'id', wholeNumber(0))
    .addOption(
      new Option('-k, --kind <kind>', 'what <consumer> is')
        .choices(['consumer', 'group'])
        .default('consumer'),
    );
}

/** `veltro offset …` */
export function configure(group: Command, terminal: Terminal): void {
  addVerb(group, 'get', 'show the stored offset of a consumer', [
    'offset get mailer dev events 0',
    'offset get mailers dev events 0 --kind group',
  ]).action(withClient(terminal, getOffset));
  addVerb(group, 'set', 'store the offset of the last message that a consumer has handled', [
    'offset set mailer dev events 0 41',
    'offset set mailers dev events 0 41 --kind group',
  ])
    .argument('<offset>', 'of the last message that was handled', parseOffset)
    .action(withClient(terminal, setOffset));
  addVerb(group, 'delete', 'forget the stored offset of a consumer', [
    'offset delete mailer dev events 0',
    'offset delete mailers dev events 0 --kind group',
  ]).action(withClient(terminal, deleteOffset));
}
