import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Iggy } from './iggy.ts';

const iggy = await Iggy.start();
after(() => iggy.stop());

const MISSING = /Stream with ID: 0 was not found/;
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

describe('stream create', () => {
  it('makes a stream', async () => {
    const printed = await iggy.print('stream create made');
    assert.equal(printed, 'Stream with name: made and ID auto incremented created');
    const { 'Stream name': name } = await iggy.properties('stream get made');
    assert.equal(name, 'made');
  });

  it('takes its aliases, and an id that it ignores', async () => {
    await iggy.print('s c aliased --stream-id 4000000');
    const { 'Stream ID': id } = await iggy.properties('s g aliased');
    assert.notEqual(id, '4000000');
  });

  it('refuses a name that is taken', async () => {
    await iggy.print('stream create taken');
    await iggy.fail('stream create taken', /Stream with name: {2}already exists/);
  });

  it('says nothing when quiet', async () => {
    await iggy.quietly('stream create silent');
    await iggy.properties('stream get silent');
  });
});

describe('stream get', () => {
  it('shows a stream by name and by number', async () => {
    await iggy.print('stream create shown');
    await iggy.print('topic create shown events 1 none');
    await iggy.print('message send shown events one two');
    const shown = await iggy.properties('stream get shown');
    assert.deepEqual(Object.keys(shown), [
      'Stream ID',
      'Created',
      'Stream name',
      'Stream size',
      'Stream message count',
      'Stream topics count',
    ]);
    assert.match(shown.Created, TIME);
    assert.equal(shown['Stream message count'], '2');
    assert.equal(shown['Stream topics count'], '1');
    assert.match(shown['Stream size'], /^1\d\d B$/);
    assert.deepEqual(await iggy.properties(['stream', 'get', shown['Stream ID']]), shown);
  });

  it('says that a stream is missing', async () => {
    assert.equal(await iggy.print('stream get none'), 'Stream with ID: none was not found');
  });
});

describe('stream list', () => {
  it('shows all streams as a table and as a list', async () => {
    await iggy.print('stream create listed');
    const rows = await iggy.table('stream list');
    const row = rows.find(({ Name }) => Name === 'listed');
    assert.ok(row !== undefined, 'the stream is not in the table');
    const titles = ['ID', 'Created', 'Name', 'Size (B)', 'Messages', 'Topics'];
    assert.deepEqual(Object.keys(row), titles);
    assert.match(row.Created, TIME);
    const { ID: id, Created: created } = row;
    const lines = await iggy.list('stream list');
    assert.equal(lines.length, rows.length);
    const line = lines.find(([, , name]) => name === 'listed');
    assert.deepEqual(line, [id, created, 'listed', '0 B', '0', '0']);
  });

  it('says nothing when quiet', () => iggy.quietly('stream list'));
});

describe('stream update', () => {
  it('gives a stream another name', async () => {
    await iggy.print('stream create before');
    const printed = await iggy.print('stream update before behind');
    assert.equal(printed, 'Stream with ID: before updated name: behind');
    assert.equal(await iggy.print('stream get before'), 'Stream with ID: before was not found');
    await iggy.properties('stream get behind');
  });

  it('refuses a name that is taken, and a missing stream', async () => {
    await iggy.print('stream create mine');
    await iggy.print('stream create yours');
    await iggy.fail('stream update mine yours', /already exists/);
    await iggy.fail('stream update none other', MISSING);
  });
});

describe('stream purge', () => {
  it('removes the messages and keeps the topics', async () => {
    await iggy.print('stream create purged');
    await iggy.print('topic create purged events 1 none');
    await iggy.print('message send purged events one');
    assert.equal(await iggy.print('stream purge purged'), 'Stream with ID: purged purged');
    const shown = await iggy.properties('stream get purged');
    assert.equal(shown['Stream message count'], '0');
    assert.equal(shown['Stream topics count'], '1');
  });

  it('refuses a missing stream', () => iggy.fail('stream purge none', MISSING));
});

describe('stream delete', () => {
  it('removes a stream', async () => {
    await iggy.print('stream create removed');
    assert.equal(await iggy.print('stream delete removed'), 'Stream with ID: removed deleted');
    assert.equal(await iggy.print('stream get removed'), 'Stream with ID: removed was not found');
  });

  it('refuses a missing stream', () => iggy.fail('stream delete none', MISSING));
});
