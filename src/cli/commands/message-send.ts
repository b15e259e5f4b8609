import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Message, SendOptions } from '../../client/types.ts';
import type { Identifier } from '../../wire/classic/identifier.ts';
import { CommandError, sentenceOf, UsageError } from '../errors.ts';
import { counted } from '../format.ts';
import { addLeaf, type Session, sentence, withClient } from '../leaf.ts';
import { lineGroups } from '../lines.ts';
import type { Answer } from '../output.ts';
import { createProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { type HeaderArgument, header, identifier, wholeNumber } from '../values.ts';

interface MessageSendOptions {
  readonly partition?: number;
  readonly key?: string;
  readonly header?: readonly HeaderArgument[];
  readonly inputFile?: string;
}

/** Payloads in groups as they arrive, and how much of the input is behind them. */
interface Input {
  readonly groups: AsyncIterable<readonly (string | Buffer)[]> | Iterable<readonly string[]>;
  readonly totalBytes: number | undefined;
}

const BATCH_LENGTH = 1000;
const BATCH_BYTES = 1024 * 1024;
const READ_BYTES = 1024 * 1024;

async function fileInput(path: string): Promise<Input> {
  const { size } = await stat(path);
  const stream = createReadStream(path, { highWaterMark: READ_BYTES });
  return { groups: lineGroups(stream), totalBytes: size };
}

async function chooseInput(
  { terminal, common }: Session,
  messages: readonly string[],
  inputFile: string | undefined,
): Promise<Input> {
  if (inputFile !== undefined && messages.length > 0) {
    throw new UsageError('Give messages or --input-file, not both.');
  }
  if (inputFile !== undefined) return fileInput(inputFile);
  if (messages.length > 0) return { groups: [messages], totalBytes: undefined };
  if (terminal.stdin.isTTY === true && common.quiet !== true) {
    terminal.stderr.write('Type one message a line; Ctrl-D ends.\n');
  }
  return { groups: lineGroups(terminal.stdin), totalBytes: undefined };
}

/** Cuts payloads into batches of at most 1000 messages and, but for a single one, 1 MiB. */
export function* batches<Payload extends string | Uint8Array>(
  payloads: readonly Payload[],
): Generator<Payload[]> {
  let batch: Payload[] = [];
  let bytes = 0;
  for (const payload of payloads) {
    const length = Buffer.byteLength(payload);
    if (batch.length === BATCH_LENGTH || (batch.length > 0 && bytes + length > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(payload);
    bytes += length;
  }
  if (batch.length > 0) yield batch;
}

function placement({ partition, key }: MessageSendOptions): SendOptions {
  if (partition !== undefined && key !== undefined) {
    throw new UsageError('Give --partition or --key, not both.');
  }
  return { partition, key };
}

function messageOf(payload: string | Buffer, headers: readonly HeaderArgument[]): Message {
  if (headers.length === 0) return { payload };
  return { payload, headers: headers.map(({ key, value }) => [key, value]) };
}

async function send(
  session: Session,
  options: MessageSendOptions,
  stream: Identifier,
  topic: Identifier,
  typed: readonly string[],
): Promise<Answer> {
  const target = placement(options);
  const { groups, totalBytes } = await chooseInput(session, typed, options.inputFile);
  const progress = createProgress('bytes', session.common, session.terminal);
  let sent = 0;
  let bytes = 0;
  try {
    for await (const group of groups) {
      for (const batch of batches(group)) {
        const messages = batch.map((payload) => messageOf(payload, options.header ?? []));
        await session.client.messages.send(stream, topic, messages, target);
        sent += batch.length;
        for (const payload of batch) bytes += Buffer.byteLength(payload) + 1;
        if (totalBytes !== undefined) progress.update(Math.min(bytes, totalBytes), totalBytes);
      }
    }
  } catch (error) {
    if (sent === 0) throw error;
    throw new CommandError(`${sentenceOf(error)} Before that, ${sent} were sent.`);
  } finally {
    progress.end();
  }
  const text = `Sent ${counted(sent, 'message')} to topic ${topic} of stream ${stream}.`;
  return sentence(text, { stream, topic, sent });
}

/** `veltro message send` */
export function configureSend(group: Command, terminal: Terminal): void {
  addLeaf(group, 'send', {
    summary: 'send messages, from the command line, a file or standard input',
    passwordFlags: '--password',
    examples: [
      'message send dev events "Hello" "Hello again"',
      'message send dev events --key user-1 -H type:string:greeting "Hello"',
      'message send dev events --partition 0 --input-file events.txt',
      'message send dev events < events.txt',
    ],
  })
    .argument('<stream>', 'id or name', identifier)
    .argument('<topic>', 'id or name', identifier)
    .argument('[message...]', 'payloads; without any, each line that is not empty is one')
    .option('-p, --partition <id>', 'send to this partition', wholeNumber(0))
    .option('-k, --key <text>', 'send to the partition that belongs to this key')
    .option('-H, --header <key:kind:value>', 'add a header; may be repeated', header)
    .option('--input-file <file>', 'send each line of a file')
    .action(withClient(terminal, send));
}
