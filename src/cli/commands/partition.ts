import type { Command } from 'commander';
import type { Identifier } from '../../wire/classic/identifier.ts';
import { partitionsPerRequestMax } from '../../wire/limits.ts';
import { counted } from '../format.ts';
import { addLeaf, sentence, withClient } from '../leaf.ts';
import type { Terminal } from '../terminal.ts';
import { identifier, wholeNumber } from '../values.ts';

const verbs = [
  { verb: 'create', done: 'Created', to: 'in', summary: 'add partitions to a topic' },
  {
    verb: 'delete',
    done: 'Deleted',
    to: 'of',
    summary: 'delete the last partitions of a topic with their messages',
  },
] as const;

/** `veltro partition …` */
export function configure(group: Command, terminal: Terminal): void {
  for (const { verb, done, to, summary } of verbs) {
    addLeaf(group, verb, { summary, examples: [`partition ${verb} dev events 2`] })
      .argument('<stream>', 'id or name', identifier)
      .argument('<topic>', 'id or name', identifier)
      .argument('<count>', 'how many', wholeNumber(1, partitionsPerRequestMax))
      .action(
        withClient(
          terminal,
          async ({ client }, _, stream: Identifier, topic: Identifier, count: number) => {
            await client.partitions[verb](stream, topic, count);
            const partitions = counted(count, 'partition');
            const text = `${done} ${partitions} ${to} topic ${topic} of stream ${stream}.`;
            return sentence(text, { stream, topic, [`${verb}d`]: count });
          },
        ),
      );
  }
}
