import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Repair } from '../../src/broker/repair.ts';
import { runProgram } from '../../src/cli/program.ts';
import { connect } from '../../src/client/client.ts';
import { startBroker } from '../support/broker.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';

let dataDir: string;
let log: string;

before(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'veltro-repair-'));
  log = join(dataDir, 'catalog', 'log');
  await using broker = await startBroker({ dataDir });
  await using client = await connect(broker.url);
  for (const name of ['kept', 'behind']) {
    await client.streams.create(name);
    await client.topics.create(name, 'events', { partitions: 1 });
    await client.messages.send(name, 'events', [{ payload: `of ${name}` }], { partition: 0 });
  }
});

after(() => rmSync(dataDir, { recursive: true }));

async function repair(...words: string[]) {
  const terminal = fakeTerminal();
  const code = await runProgram(['repair', dataDir, ...words], terminal);
  return { code, output: terminal.output(), errors: terminal.errors() };
}

/** Spoils the record that makes the second stream. */
function spoil(): Buffer {
  const bytes = readFileSync(log);
  bytes[bytes.indexOf('behind')] ^= 1;
  writeFileSync(log, bytes);
  return bytes;
}

describe('veltro repair', () => {
  it('leaves a sound directory alone, and one that a broker has open', async () => {
    const before = readFileSync(log);
    const { code, output } = await repair();
    assert.equal(code, 0);
    assert.match(output, /The catalog is sound, nothing was changed/);
    assert.deepEqual(readFileSync(log), before);
    await using _broker = await startBroker({ dataDir });
    const { code: refused, errors } = await repair();
    assert.equal(refused, 1);
    assert.match(errors, /is in use by the broker with process id/);
  });

  it('makes a broker start again with what is in front of the damage', async () => {
    const bad = spoil();
    await assert.rejects(startBroker({ dataDir }), /log is damaged at byte/);
    const look = JSON.parse((await repair('--dry-run', '--json')).output) as Repair;
    assert.equal(look.setAside, undefined);
    assert.equal(look.damage?.recordsBehind, 1);
    assert.deepEqual(readFileSync(log), bad);

    const { code, output } = await repair();
    assert.equal(code, 0);
    assert.match(output, /1 whole record that cannot be applied without it/);
    const aside = readdirSync(join(dataDir, 'catalog')).find((name) => name.includes('damaged'));
    assert.deepEqual(readFileSync(join(dataDir, 'catalog', aside!)), bad);

    await using broker = await startBroker({ dataDir });
    await using client = await connect(broker.url);
    assert.deepEqual(
      (await client.streams.list()).map(({ name }) => name),
      ['kept'],
    );
    const { messages } = await client.messages.poll('kept', 'events', { partition: 0 });
    assert.deepEqual(
      messages.map(({ payload }) => payload.toString()),
      ['of kept'],
    );
    assert.equal(readdirSync(join(dataDir, 'lost+found')).length, 1, 'the other is kept there');
  });
});
