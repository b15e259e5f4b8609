import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Iggy, type Words } from './iggy.ts';
import { parseTable } from './output.ts';

const iggy = await Iggy.start();
after(() => iggy.stop());
before(() => iggy.print('stream create dev'));

const NO_TOPIC = /Topic with ID: 0 for stream with ID: 0 was not found/;
const NO_PARTITION = /Partition with ID: 0 for topic with ID: 0 for stream with ID: 0 was not/;
const SENT = (topic: string) => `Sent messages to topic with ID: ${topic} and stream with ID: dev`;
/** 32 bytes in base64. */
const KEY = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=';
/** The table is below two lines of text. */
const SUMMARY = /^Polled messages .*\nPolled (\d+) messages? of total size (\d+) B, it took .+\n/;

async function poll(words: string) {
  const printed = await iggy.print(`message poll dev ${words}`);
  const [, count, bytes] = SUMMARY.exec(printed) ?? assert.fail(printed);
  const rows = parseTable(printed);
  assert.equal(rows.length, Number(count));
  return { rows, bytes: Number(bytes), payloads: rows.map(({ Payload }) => Payload) };
}

/** A topic whose partitions hold what is given. */
async function topicWith(name: string, ...partitions: readonly (readonly string[])[]) {
  await iggy.print(`topic create dev ${name} ${partitions.length} none`);
  for (const [partition, payloads] of partitions.entries()) {
    if (payloads.length > 0) await send(name, ['--partition-id', `${partition}`, ...payloads]);
  }
}

async function send(topic: string, words: readonly string[], login?: Words) {
  const printed = await iggy.print(['message', 'send', 'dev', topic, ...words], { login });
  assert.equal(printed, SENT(topic));
}

describe('message send', () => {
  it('sends to a partition', async () => {
    await topicWith('placed', [], []);
    await send('placed', ['--partition-id', '1', 'one', 'two words', 'träns 🐕']);
    assert.deepEqual((await poll('placed 1 --first -m 9')).payloads, [
      'one',
      'two words',
      'träns 🐕',
    ]);
    assert.deepEqual((await poll('placed 0 --first')).payloads, []);
  });

  it('sends in turn when no partition is named', async () => {
    await topicWith('balanced', [], []);
    for (let round = 0; round < 2; round++) await send('balanced', ['one']);
    assert.equal((await poll('balanced 0 --first -m 9')).rows.length, 1);
    assert.equal((await poll('balanced 1 --first -m 9')).rows.length, 1);
  });

  it('sends what has one key to one partition', async () => {
    await topicWith('keyed', [], [], []);
    for (const payload of ['one', 'two']) {
      await send('keyed', ['--message-key', 'order-42', payload]);
    }
    assert.deepEqual((await poll('keyed 1 --first -m 9')).payloads, ['one', 'two']);
  });

  it('sends each line of its input', async () => {
    await topicWith('lines', []);
    const input = 'first line\nsecond line\n';
    assert.equal(await iggy.print('message send dev lines', { input }), SENT('lines'));
    const { payloads } = await poll('lines 0 --first -m 9');
    assert.deepEqual(payloads, ['first line', 'second line']);
  });

  it('sends user headers of every kind', async () => {
    await topicWith('headed', []);
    const values = {
      'a:raw': 'bytes',
      'b:string': 'http://host:1',
      'c:bool': 'true',
      'd:int8': '-8',
      'e:int16': '-1600',
      'f:int32': '-32',
      'g:int64': '-9223372036854775808',
      'h:int128': '-170141183460469231731687303715884105728',
      'i:uint8': '255',
      'j:uint16': '65535',
      'k:uint32': '4294967295',
      'l:uint64': '18446744073709551615',
      'm:uint128': '340282366920938463463374607431768211455',
      'n:float32': '0.5',
      'o:float64': '-0.25',
    };
    const specs = Object.entries(values).map(([title, value]) => `${title}:${value}`);
    await send('headed', [`--headers=${specs.join(',')}`, 'one']);
    const [row] = (await poll('headed 0 --first --show-headers')).rows;
    for (const [title, value] of Object.entries({ ...values, 'a:raw': 'b"bytes"' })) {
      assert.equal(row[`Header: ${title.replace(':', '\n')}`], value);
    }
  });

  it('sends again what a poll wrote to a file', async () => {
    await topicWith('replayed', ['one', 'two'], []);
    await send('replayed', ['--partition-id', '0', '--headers', 'k:uint32:7', 'three']);
    const file = join(iggy.folder, 'messages.bin');
    const original = await poll('replayed 0 --first -m 9');
    await iggy.print(`message poll dev replayed 0 --first -m 9 --output-file ${file}`);
    const words = `message send dev replayed --partition-id 1 --input-file ${file}`;
    assert.equal(
      await iggy.print(words),
      `Read ${original.bytes} bytes from ${file} file\n` +
        `Created 3 messages using ${original.bytes} bytes\n${SENT('replayed')}`,
    );
    const copied = (await poll('replayed 1 --first -m 9 --show-headers')).rows;
    const ids = ({ rows }: { rows: typeof copied }) => rows.map(({ ID: id }) => id);
    assert.deepEqual(ids({ rows: copied }), ids(original));
    assert.deepEqual(
      copied.map((row) => [row.Payload, row['Header: k\nuint32']]),
      [
        ['one', ''],
        ['two', ''],
        ['three', '7'],
      ],
    );
  });

  it('encrypts with a key that the broker does not have', async () => {
    await topicWith('secret', []);
    const words = ['--encryption-key', KEY, 'message', 'send', 'dev', 'secret', 'hidden'];
    assert.equal(await iggy.print(words), SENT('secret'));
    const decrypted = await iggy.table(`--encryption-key ${KEY} message poll dev secret 0 --last`);
    assert.equal(decrypted[0].Payload, 'hidden');
    assert.equal(decrypted[0].Length, '6');
    const [{ Length: length }] = (await poll('secret 0 --last')).rows;
    assert.equal(length, '34', 'nonce of 12, payload of 6 and tag of 16 bytes');
  });

  it('refuses what is missing, two places at once and bad headers', async () => {
    await topicWith('strict', []);
    await iggy.fail('message send dev none one', NO_TOPIC);
    await iggy.fail('message send none none one', /Stream with ID: 0 was not found/);
    await iggy.fail('message send dev strict -p 7 one', NO_PARTITION);
    await iggy.fail('message send dev strict --input-file none.bin', /Problem opening file/);
    await iggy.misuse('message send dev strict -p 0 -m key one', /cannot be used with/);
    await iggy.misuse('message send dev strict -H k:uint8:256 one', /invalid value 'k:uint8:256'/);
  });
});

describe('message poll', () => {
  it('reads from an offset, the first, the last', async () => {
    await topicWith('strategies', ['a', 'b', 'c', 'd']);
    assert.deepEqual((await poll('strategies 0 --offset 1 -m 2')).payloads, ['b', 'c']);
    assert.deepEqual((await poll('strategies 0 --first')).payloads, ['a']);
    assert.deepEqual((await poll('strategies 0 --last -m 2')).payloads, ['c', 'd']);
    assert.deepEqual((await poll('strategies 0 --offset 4')).payloads, []);
  });

  it('shows offset, time, id and length', async () => {
    await topicWith('columns', ['one', 'three']);
    const { rows, bytes } = await poll('columns 0 --offset 1');
    const [{ Timestamp: time, ID: id, ...rest }] = rows;
    assert.deepEqual(rest, { Offset: '1', Length: '5', Payload: 'three' });
    assert.match(time, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
    assert.ok(Math.abs(Date.parse(`${time.replace(' ', 'T')}Z`) - Date.now()) < 3_600_000);
    assert.match(id, /^[1-9]\d+$/);
    assert.equal(bytes, 64 + 5);
  });

  it('goes on behind the offset that it committed', async () => {
    await topicWith('next', ['a', 'b', 'c', 'd']);
    const words = 'next 0 --next --auto-commit --consumer reader';
    assert.deepEqual((await poll(`${words} -m 2`)).payloads, ['a', 'b']);
    assert.deepEqual((await poll('next 0 --next --consumer other')).payloads, ['a']);
    assert.deepEqual((await poll(words)).payloads, ['c']);
    const stored = await iggy.properties('consumer-offset get reader dev next 0');
    assert.equal(stored['Stored offset'], '2');
  });

  it('appends the messages to a file', async () => {
    await topicWith('stored', ['one', 'two']);
    const file = join(iggy.folder, 'stored.bin');
    await writeFile(file, 'before');
    const { bytes } = await poll('stored 0 --first -m 2');
    const printed = await iggy.print(
      `message poll dev stored 0 --first -m 2 --output-file ${file}`,
    );
    assert.ok(
      printed.endsWith(`Stored 2 messages of total size ${bytes} B to ${file} binary file`),
    );
    assert.equal((await stat(file)).size, 'before'.length + bytes);
    assert.ok((await readFile(file)).includes('one'));
  });

  it('refuses what is missing, and no strategy', async () => {
    await topicWith('wanted', ['one']);
    await iggy.fail('message poll dev none 0 --first', NO_TOPIC);
    await iggy.fail('message poll dev wanted 9 --first', NO_PARTITION);
    await iggy.misuse('message poll dev wanted 0', /required arguments were not provided/);
    await iggy.misuse('message poll dev wanted 0 --first --last', /cannot be used with/);
  });
});

describe('message flush', () => {
  it('flushes a partition, with and without a sync', async () => {
    await topicWith('flushed', ['one']);
    const place = 'topic with ID: flushed and stream with ID: dev (partition with ID: 0)';
    assert.equal(
      await iggy.print('message flush dev flushed 0'),
      `Flushed messages from ${place} without fsync`,
    );
    assert.equal(
      await iggy.print('message flush dev flushed 0 --fsync'),
      `Flushed messages from ${place} with fsync`,
    );
  });

  it('refuses a missing partition', async () => {
    await topicWith('dry', []);
    await iggy.fail('message flush dev dry 5', NO_PARTITION);
  });
});
