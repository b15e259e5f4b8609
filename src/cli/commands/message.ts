import type { Command } from 'commander';
import type { Identifier } from '../../wire/classic/identifier.ts';
import { addLeaf, sentence, withClient } from '../leaf.ts';
import type { Terminal } from '../terminal.ts';
import { identifier, wholeNumber } from '../values.ts';
import { configurePoll } from './message-poll.ts';
import { configureSend } from './message-send.ts';

function configureFlush(group: Command, terminal: Terminal): void {
  addLeaf(group, 'flush', {
    summary: 'write out what a partition still holds in memory',
    examples: ['message flush dev events 0', 'message flush dev events 0 --fsync'],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<topic>', 'id or name', identifier)
    .argument('<partition>', 'id', wholeNumber(0))
    .option('-f, --fsync', 'also wait for the disk')
    .action(
      withClient(
        terminal,
        async (
          { client },
          { fsync = false }: { readonly fsync?: boolean },
          stream: Identifier,
          topic: Identifier,
          partition: number,
        ) => {
          await client.messages.flush(stream, topic, partition, { fsync });
          const text = `Flushed partition ${partition} of topic ${topic} of stream ${stream}.`;
          return sentence(text, { stream, topic, partition, fsync });
        },
      ),
    );
}

/** `veltro message …` */
export function configure(group: Command, terminal: Terminal): void {
  configureSend(group, terminal);
  configurePoll(group, terminal);
  configureFlush(group, terminal);
}
