import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type FakeTerminalOptions, fakeTerminal } from '../../../tests/support/fake-terminal.ts';
import type { Message } from '../../client/types.ts';
import { runProgram } from '../program.ts';
import { batches } from './message-send.ts';

const folder = mkdtempSync(join(tmpdir(), 'veltro-send-'));
after(() => rmSync(folder, { recursive: true }));

interface Sent {
  readonly payloads: string[];
  readonly messages: readonly Message[];
  readonly target: unknown;
}

async function send(words: string[], options: FakeTerminalOptions = {}, failAt = Infinity) {
  const sent: Sent[] = [];
  const client = {
    messages: {
      send: async (_stream: unknown, _topic: unknown, messages: Message[], target: unknown) => {
        if (sent.length >= failAt) throw new Error('The disk is full');
        sent.push({ payloads: messages.map(({ payload }) => String(payload)), messages, target });
      },
    },
  };
  const terminal = fakeTerminal({ client, ...options });
  const code = await runProgram(['message', 'send', 'dev', 'events', ...words], terminal);
  return { code, sent, output: terminal.output(), errors: terminal.errors() };
}

const balanced = { partition: undefined, key: undefined };

test('messages of the command line go as one batch', async () => {
  const { sent, output } = await send(['one', 'two words']);
  assert.deepEqual(sent[0].payloads, ['one', 'two words']);
  assert.deepEqual(sent[0].target, balanced);
  assert.equal(output, 'Sent 2 messages to topic events of stream dev.\n');
});

test('a partition or a key says where they go', async () => {
  assert.deepEqual((await send(['-p', '3', 'x'])).sent[0].target, { ...balanced, partition: 3 });
  assert.deepEqual((await send(['-k', 'ann', 'x'])).sent[0].target, { ...balanced, key: 'ann' });
  const both = await send(['-p', '3', '-k', 'ann', 'x']);
  assert.deepEqual([both.code, both.errors], [2, 'error: Give --partition or --key, not both.\n']);
});

test('headers are added to every message', async () => {
  const { sent } = await send(['-H', 'a:string:b:c', '-H', 'n:int32:-1', 'x', 'y']);
  for (const { headers } of sent[0].messages) {
    assert.deepEqual(headers, [
      ['a', { kind: 'string', value: 'b:c' }],
      ['n', { kind: 'int32', value: -1 }],
    ]);
  }
});

test('lines of standard input are sent as they arrive', async () => {
  const { sent, output } = await send(['--json'], { input: ['a\nb\n\nc', 'd\r\n', 'e'] });
  assert.deepEqual(
    sent.map(({ payloads }) => payloads),
    [['a', 'b'], ['cd'], ['e']],
  );
  assert.deepEqual(JSON.parse(output), { stream: 'dev', topic: 'events', sent: 4 });
});

test('lines of a file are sent byte by byte as they are', async () => {
  const path = join(folder, 'lines');
  writeFileSync(path, Buffer.from('first\n\xff\xfe\nlast', 'latin1'));
  const { sent } = await send(['--input-file', path]);
  const payloads = sent.flatMap(({ messages }) => messages.map(({ payload }) => payload));
  assert.deepEqual(payloads, [
    Buffer.from('first'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('last'),
  ]);
});

test('a file that is missing, or given beside messages, is refused', async () => {
  const missing = await send(['--input-file', join(folder, 'none')]);
  assert.equal(missing.code, 1);
  assert.match(missing.errors, /none does not exist\.\n$/);
  const both = await send(['--input-file', join(folder, 'none'), 'x']);
  assert.deepEqual(
    [both.code, both.errors],
    [2, 'error: Give messages or --input-file, not both.\n'],
  );
});

test('a failure on the way says how many were sent before', async () => {
  const input = [Array.from({ length: 1500 }, (_, index) => `m${index}\n`).join('')];
  const { code, errors } = await send([], { input }, 1);
  assert.deepEqual([code, errors], [1, 'error: The disk is full. Before that, 1000 were sent.\n']);
});

test('a person at a terminal is told what to do, a bar is drawn for a file', async () => {
  const typed = await send([], { input: ['a\n'], isTerminal: true });
  assert.equal(typed.sent.length, 1);
  const path = join(folder, 'more');
  writeFileSync(path, 'x\n'.repeat(10));
  const withBar = await send(['--input-file', path], { isTerminal: true });
  assert.match(withBar.errors, /20 bytes/);
  const without = await send(['--input-file', path]);
  assert.equal(without.errors, '');
});

test('batches keep to 1000 messages and 1 MiB, order kept', () => {
  const small = Array.from({ length: 2500 }, (_, index) => String(index));
  const cut = [...batches(small)];
  assert.deepEqual(
    cut.map((batch) => batch.length),
    [1000, 1000, 500],
  );
  assert.deepEqual(cut.flat(), small);
  const half = Buffer.alloc(512 * 1024);
  const big = Buffer.alloc(3 * 1024 * 1024);
  const sizes = [...batches([half, half, half, big, half])].map((batch) => batch.length);
  assert.deepEqual(sizes, [2, 1, 1, 1]);
  assert.deepEqual([...batches([])], []);
});
