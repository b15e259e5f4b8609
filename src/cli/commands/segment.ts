import type { Command } from 'commander';
import type { Identifier } from '../../wire/classic/identifier.ts';
import { counted } from '../format.ts';
import { addLeaf, type Session, sentence, withClient } from '../leaf.ts';
import type { Answer } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { identifier, wholeNumber } from '../values.ts';

const COUNT_MAX = 100_000;

/** What is typed behind `segment delete`. */
type Target = readonly [stream: Identifier, topic: Identifier, partition: number, count: number];

async function deleteSegments({ client }: Session, _: object, ...target: Target): Promise<Answer> {
  const [stream, topic, partition, count] = target;
  await client.segments.delete(stream, topic, partition, count);
  const place = `partition ${partition} of topic ${topic} of stream ${stream}`;
  const facts = { stream, topic, partition, deletedAtMost: count };
  return sentence(`Deleted up to ${counted(count, 'segment')} of ${place}.`, facts);
}

/** `veltro segment …` */
export function configure(group: Command, terminal: Terminal): void {
  addLeaf(group, 'delete', {
    summary:
      'delete the oldest segments of a partition with their messages, except what is still ' +
      'written to or not yet passed by every stored offset',
    examples: ['segment delete dev events 0 2'],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<topic>', 'id or name', identifier)
    .argument('<partition>', 'id', wholeNumber(0))
    .argument('<count>', 'how many at most', wholeNumber(1, COUNT_MAX))
    .action(withClient(terminal, deleteSegments));
}
