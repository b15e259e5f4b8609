import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Verification } from '../../src/broker/verify.ts';
import { runProgram } from '../../src/cli/program.ts';
import { connect } from '../../src/client/client.ts';
import { startBroker } from '../support/broker.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';

const MESSAGES = 45;
const PARTITION = 'streams/0/topics/0/partitions/0';
const settings = { 'system.segment.size': '1 KiB' };

let dataDir: string;
const copy = new Map<string, Buffer>();

before(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'veltro-verify-'));
  await withBroker(async (url) => {
    await using client = await connect(url);
    await client.streams.create('dev');
    await client.topics.create('dev', 'events', { partitions: 2 });
    for (let i = 0; i < MESSAGES; i++) {
      await client.messages.send('dev', 'events', [{ payload: `message ${i}` }], { partition: 0 });
    }
    await client.offsets.store('dev', 'events', { offset: 20n, consumer: 7, partition: 0 });
  });
  for (const path of filesBelow(dataDir)) copy.set(path, readFileSync(path));
});

after(() => rmSync(dataDir, { recursive: true }));

async function withBroker(run: (url: string) => Promise<void>): Promise<readonly string[]> {
  const broker = await startBroker({ dataDir, settings });
  try {
    await run(broker.url);
  } finally {
    await broker.stop();
  }
  return broker.errors;
}

function filesBelow(dir: string): string[] {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** The files as they were at first. */
function restore(): void {
  for (const path of filesBelow(dataDir)) if (!copy.has(path)) rmSync(path);
  for (const [path, bytes] of copy) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, bytes);
  }
}

async function verify(...words: string[]) {
  const terminal = fakeTerminal();
  const code = await runProgram(['verify', dataDir, ...words], terminal);
  return { code, output: terminal.output(), errors: terminal.errors() };
}

/** Path of a segment of the first partition: 0 is the first, −1 the last. */
function segment(position: number, kind: 'log' | 'index'): string {
  const names = readdirSync(join(dataDir, PARTITION)).filter((name) => name.endsWith(kind));
  return join(dataDir, PARTITION, names.sort().at(position)!);
}

function flip(path: string, byte: number): void {
  const bytes = readFileSync(path);
  bytes[byte] ^= 1;
  writeFileSync(path, bytes);
}

describe('veltro verify', () => {
  it('says that a directory is sound, what it holds, and changes nothing', async () => {
    const { code, output } = await verify();
    assert.equal(code, 0);
    assert.match(output, /Checked 1 stream, 1 topic, 2 partitions, \d+ segments, 45 messages/);
    assert.match(
      output,
      /1 stored offset\.\nThe last stop was a clean one\.\nThe directory is sound/,
    );
    const files = filesBelow(dataDir);
    assert.deepEqual(files.sort(), [...copy.keys()].sort());
    for (const path of files) assert.deepEqual(readFileSync(path), copy.get(path), path);
    const json = JSON.parse((await verify('--json')).output) as Verification;
    assert.deepEqual(
      [json.isSound, json.messagesCount, json.offsetsCount, json.findings.length],
      [true, MESSAGES, 1, 0],
    );
    assert.equal((await verify('--quiet')).output, '');
  });

  it('leaves a directory alone that a broker has open, and refuses what is none', async () => {
    await withBroker(async () => {
      const { code, errors } = await verify();
      assert.equal(code, 1);
      assert.match(errors, /is in use by the broker with process id \d+/);
    });
    restore();
    const terminal = fakeTerminal();
    assert.equal(await runProgram(['verify', join(dataDir, 'streams')], terminal), 1);
    assert.match(terminal.errors(), /is no data directory of Veltro/);
    assert.equal(await runProgram(['verify'], fakeTerminal()), 2);
  });

  const damages: readonly {
    readonly what: string;
    readonly spoil: () => void;
    readonly problem: RegExp;
    readonly start: RegExp;
    /** Nothing is left to find after a start. */
    readonly isMended: boolean;
  }[] = [
    {
      what: 'a torn end',
      spoil: () => appendFileSync(segment(-1, 'log'), Buffer.alloc(100, 7)),
      problem: /a torn end of 100 bytes/,
      start: /removes it/,
      isMended: true,
    },
    {
      what: 'a flipped bit in a sealed segment',
      spoil: () => flip(segment(1, 'log'), 70),
      problem: /damaged at byte 0: the checksum/,
      start: /sees it only with system.partition.validate_checksum/,
      isMended: false,
    },
    {
      what: 'a sealed segment that is too short',
      spoil: () => truncateSync(segment(1, 'log'), 200),
      problem: /damaged at byte 148: the message is cut off/,
      start: /keeps it; offsets \d+ to \d+ cannot be read \(status 4027\)/,
      isMended: false,
    },
    {
      what: 'a flipped bit in the last segment',
      spoil: () => flip(segment(-1, 'log'), 70),
      problem: /damaged at byte 0/,
      start: /sees it only with system.partition.validate_checksum/,
      isMended: false,
    },
    {
      what: 'a flipped bit in the last segment, after a kill that left no index',
      spoil: () => {
        rmSync(join(dataDir, 'clean-stop'));
        flip(segment(-1, 'log'), 70);
        truncateSync(segment(-1, 'index'), 8);
      },
      problem: /damaged at byte 0/,
      start: /keeps it and goes on at offset 45/,
      isMended: false,
    },
    {
      what: 'a flipped bit in the last message after a kill',
      spoil: () => {
        rmSync(join(dataDir, 'clean-stop'));
        flip(segment(-1, 'log'), copy.get(segment(-1, 'log'))!.byteLength - 1);
      },
      problem: /a torn end of 74 bytes/,
      start: /removes it/,
      isMended: true,
    },
    {
      what: 'a flipped bit in the last message after a clean stop',
      spoil: () => flip(segment(-1, 'log'), copy.get(segment(-1, 'log'))!.byteLength - 1),
      problem: /damaged at byte \d+/,
      start: /sees it only with/,
      isMended: false,
    },
    {
      what: 'an index that is short',
      spoil: () => truncateSync(segment(0, 'index'), 20),
      problem: /has 20 bytes/,
      start: /makes it again from the log/,
      isMended: true,
    },
    {
      what: 'an index that is gone',
      spoil: () => rmSync(segment(-1, 'index')),
      problem: /has 0 bytes/,
      start: /makes it again from the log/,
      isMended: true,
    },
    {
      what: 'a wrong index entry',
      spoil: () => flip(segment(0, 'index'), 20),
      problem: /entry 1 is not what the log says/,
      start: /only with system.partition.validate_checksum/,
      isMended: false,
    },
    {
      what: 'an index without a log',
      spoil: () => writeFileSync(segment(0, 'index').replace(/0000\.index/, '9999.index'), ''),
      problem: /an index without its log/,
      start: /does not look at it/,
      isMended: false,
    },
    {
      what: 'a stored offset behind the end',
      spoil: () =>
        writeFileSync(join(dataDir, PARTITION, 'offsets/consumers/7'), Buffer.alloc(8, 1)),
      problem: /says \d+, the last message has offset 44/,
      start: /takes it as 44/,
      isMended: false,
    },
    {
      what: 'half a stored offset',
      spoil: () => truncateSync(join(dataDir, PARTITION, 'offsets/consumers/7'), 3),
      problem: /has 3 bytes instead of 8/,
      start: /takes it as no offset/,
      isMended: false,
    },
    {
      what: 'a torn end of the catalog',
      spoil: () => appendFileSync(join(dataDir, 'catalog/log'), Buffer.alloc(30, 9)),
      problem: /a torn end of 30 bytes/,
      start: /removes it/,
      isMended: true,
    },
    {
      what: 'a folder that belongs to nothing',
      spoil: () => mkdirSync(join(dataDir, 'streams/5')),
      problem: /the catalog does not know this folder/,
      start: /moves it to lost\+found/,
      isMended: true,
    },
    {
      what: 'a partition without a folder',
      spoil: () => rmSync(join(dataDir, PARTITION), { recursive: true }),
      problem: /the folder of this partition is gone/,
      start: /begins it empty/,
      isMended: true,
    },
  ];

  for (const { what, spoil, problem, start, isMended } of damages) {
    it(`finds ${what}, and a start does what it says`, async () => {
      restore();
      spoil();
      const { code, output, errors } = await verify('--json');
      assert.equal(code, 1);
      assert.match(errors, /1 problem found in /);
      const { findings } = JSON.parse(output) as Verification;
      assert.equal(findings.length, 1, JSON.stringify(findings));
      assert.match(findings[0].problem, problem);
      assert.match(findings[0].start, start);
      assert.ok(!relative(dataDir, findings[0].path).startsWith('..'));
      await withBroker(async () => {});
      assert.equal((await verify()).code, isMended ? 0 : 1);
      restore();
    });
  }

  it('says that a damaged catalog ends the start', async () => {
    restore();
    flip(join(dataDir, 'catalog/log'), 40);
    const { code, output } = await verify();
    assert.equal(code, 1);
    assert.match(
      output,
      /catalog\/log\n {2}damaged at byte 12: the checksum.*\n {2}A start is refused/,
    );
    restore();
  });
});
