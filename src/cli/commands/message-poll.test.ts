import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeTerminal } from '../../../tests/support/fake-terminal.ts';
import { VeltroError } from '../../client/errors.ts';
import type { ConsumerOptions, PollOptions } from '../../client/types.ts';
import { status } from '../../wire/status.ts';
import { runProgram } from '../program.ts';

interface FakeMessage {
  readonly offset: bigint;
  readonly timestamp: bigint;
  readonly id: bigint;
  readonly payload: Buffer;
  readonly headers: ReadonlyMap<string, unknown>;
}

function message(offset: number, payload: string | Buffer = `m${offset}`): FakeMessage {
  return {
    offset: BigInt(offset),
    timestamp: 1_700_000_000_000_000n,
    id: 255n,
    payload: Buffer.from(payload),
    headers: new Map<string, unknown>([
      ['type', 'greeting'],
      ['raw', Buffer.from([1, 2])],
    ]),
  };
}

function startIndex(messages: readonly FakeMessage[], options: PollOptions): number {
  const { strategy = 'next', count = 0 } = options;
  if (strategy === 'last') return Math.max(messages.length - count, 0);
  if (typeof strategy === 'string') return 0;
  return 'offset' in strategy ? Number(strategy.offset) : 0;
}

/** A topic whose partitions hold the given messages, at offsets from 0 on. */
function fakeTopic(partitions: FakeMessage[][]) {
  const polls: PollOptions[] = [];
  const client = {
    topics: { get: async () => ({ partitions: partitions.map((_, id) => ({ id })) }) },
    messages: {
      poll: async (_stream: unknown, _topic: unknown, options: PollOptions) => {
        polls.push(options);
        const messages = partitions[options.partition ?? 0];
        const start = startIndex(messages, options);
        return { messages: messages.slice(start, start + (options.count ?? 0)) };
      },
    },
  };
  return { client, polls };
}

function filled(count: number): FakeMessage[] {
  return Array.from({ length: count }, (_, offset) => message(offset));
}

async function poll(partitions: FakeMessage[][], ...words: string[]) {
  const { client, polls } = fakeTopic(partitions);
  const terminal = fakeTerminal({ client });
  const code = await runProgram(['message', 'poll', 'dev', 'events', ...words], terminal);
  const lines = terminal.output().split('\n').slice(0, -1);
  return { code, polls, lines, errors: terminal.errors() };
}

test('a message is a line with partition, offset, time and payload', async () => {
  const { lines } = await poll([filled(1)]);
  assert.deepEqual(lines, ['0:0  2023-11-14 22:13:20.000  m0']);
});

test('payloads that are no text, or would move the cursor, are written safely', async () => {
  const payloads = [Buffer.from([0xff]), Buffer.alloc(40, 0xff), Buffer.from('a\n\x1b[2J')];
  const { lines } = await poll([payloads.map((payload, offset) => message(offset, payload))]);
  assert.match(lines[0], / {2}\(hex\) ff$/);
  assert.match(lines[1], / {2}\(base64\) \/{50,}/);
  assert.match(lines[2], / {2}a\\n\\x1b\[2J$/);
});

test('headers follow when they are wanted', async () => {
  const { lines } = await poll([filled(1)], '--show-headers');
  assert.deepEqual(lines.slice(1), ['    type: greeting', '    raw: AQI=']);
});

test('JSON is one object a line', async () => {
  const { lines } = await poll([[message(0), message(1, Buffer.from([0xff]))]], '--json');
  const [first, second] = lines.map((line) => JSON.parse(line));
  assert.deepEqual(first, {
    partition: 0,
    offset: 0,
    timestamp: '2023-11-14T22:13:20.000Z',
    id: 'ff'.padStart(32, '0'),
    headers: { type: 'greeting', raw: 'AQI=' },
    encoding: 'utf8',
    payload: 'm0',
  });
  assert.deepEqual([second.encoding, second.payload], ['hex', 'ff']);
});

test('a message with broken headers is shown without them', async () => {
  const broken = Object.defineProperty(message(0), 'headers', {
    get() {
      throw new VeltroError(4019);
    },
  });
  const { lines } = await poll([[broken]], '--show-headers');
  assert.equal(lines[1], '    (the headers cannot be read)');
  assert.equal(JSON.parse((await poll([[broken]], '--json')).lines[0]).headers, null);
});

test('each partition gives up to the count, the first ones by default', async () => {
  const { lines } = await poll([filled(12), filled(1)]);
  assert.equal(lines.length, 11);
  assert.match(lines[9], /^0:9 /);
  assert.match(lines[10], /^1:0 /);
  assert.equal((await poll([filled(12), filled(5)], '1', '-c', '3')).lines.length, 3);
});

test('many messages are read poll by poll', async () => {
  const { lines, polls } = await poll([filled(2500)], '-c', '2200');
  assert.equal(lines.length, 2200);
  assert.deepEqual(
    polls.map(({ strategy, count }) => [strategy, count]),
    [
      ['first', 1000],
      [{ offset: 1000n }, 1000],
      [{ offset: 2000n }, 200],
    ],
  );
});

test('the start is taken from the options', async () => {
  for (const [words, strategy, count] of [
    [['--first'], 'first', 10],
    [['--next'], 'next', 10],
    [['--last', '-c', '2000'], 'last', 2000],
    [['--offset', '2'], { offset: 2n }, 10],
    [['--timestamp', '7'], { timestamp: 7n }, 10],
  ] as const) {
    const { polls } = await poll([filled(3)], '0', ...words);
    assert.deepEqual([polls[0].strategy, polls[0].count], [strategy, count]);
  }
});

test('the consumer and its commits are passed on', async () => {
  const { polls } = await poll([filled(1)], '0', '--next', '--consumer', 'mailer', '--auto-commit');
  assert.equal(polls[0].consumer, 'mailer');
  assert.equal(polls[0].autoCommit, true);
  assert.equal((await poll([filled(1)])).polls[0].autoCommit, false);
});

test('nothing to read is said on standard error', async () => {
  const { code, lines, errors } = await poll([[]]);
  assert.deepEqual([code, lines, errors], [0, [], 'There are no messages to read.\n']);
  assert.equal((await poll([[]], '--json')).errors, '');
  assert.deepEqual((await poll([filled(3)], '--quiet')).lines, []);
});

test('the last messages are limited by what one poll may give', async () => {
  const { code, errors } = await poll([[]], '--last', '-c', '1000001');
  assert.deepEqual([code, errors], [2, 'error: With --last, --count is at most 1000000.\n']);
});

test('following shows the last messages, then what arrives, until it is interrupted', async () => {
  const partition = filled(12);
  const { client, polls } = fakeTopic([partition, []]);
  const terminal = fakeTerminal({ client });
  const write = terminal.stdout.write.bind(terminal.stdout);
  let writes = 0;
  terminal.stdout.write = ((text: string) => {
    writes += 1;
    if (writes === 1) partition.push(message(12));
    else terminal.interrupt();
    return write(text);
  }) as typeof terminal.stdout.write;
  const words = ['message', 'poll', 'dev', 'events', '--follow'];
  assert.equal(await runProgram(words, terminal), 0);
  const offsets = terminal.output().match(/0:\d+/g);
  assert.deepEqual(
    offsets,
    Array.from({ length: 11 }, (_, index) => `0:${index + 2}`),
  );
  assert.equal(polls[0].strategy, 'last');
  assert.equal(polls[1].strategy, 'last');
  const later = polls.filter(({ partition: id }) => id === 1).slice(1);
  assert.ok(later.every(({ strategy }) => strategy === 'first'));
});

/** What a member of a group is given, and what it commits; the second commit fails with `code`. */
function fakeMember(code?: number) {
  const commits: bigint[] = [];
  const given: ConsumerOptions[] = [];
  const consumer = async function* (options: ConsumerOptions) {
    given.push(options);
    for (const offset of [0n, 1n, 2n]) {
      const commit = async () => {
        if (offset === 1n && code !== undefined) throw new VeltroError(code);
        commits.push(offset);
      };
      yield { ...message(Number(offset)), partitionId: 3, commit };
    }
  };
  const client = {
    consumer: (_stream: string, _topic: string, options: ConsumerOptions) =>
      Object.assign(consumer(options), { close: async () => {} }),
  };
  return { client, commits, given };
}

test('a member of a group commits what it has printed, where the partition is still its own', async () => {
  const words = ['message', 'poll', 'dev', 'events', '--group', 'mailers'];
  for (const [code, exitCode, committed] of [
    [undefined, 0, [0n, 1n, 2n]],
    [status.NotResolvedConsumer, 0, [0n, 2n]],
    [status.ConnectionClosed, 1, [0n]],
  ] as const) {
    const { client, commits, given } = fakeMember(code);
    const terminal = fakeTerminal({ client });
    assert.equal(await runProgram(words, terminal), exitCode);
    assert.deepEqual(commits, committed);
    assert.deepEqual([given[0].group, given[0].autoCommit], ['mailers', 'manual']);
    const offsets = terminal.output().match(/^3:\d/gm);
    assert.deepEqual(offsets, ['3:0', '3:1', '3:2'].slice(0, exitCode === 0 ? 3 : 2));
  }
  const { client, commits, given } = fakeMember();
  await runProgram([...words, '--auto-commit'], fakeTerminal({ client }));
  assert.deepEqual([given[0].autoCommit, commits], ['poll', []]);
});
