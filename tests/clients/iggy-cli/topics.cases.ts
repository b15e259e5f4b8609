import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Iggy } from './iggy.ts';

const iggy = await Iggy.start();
after(() => iggy.stop());
before(() => iggy.print('stream create dev'));

const MISSING = /Topic with ID: 0 for stream with ID: 0 was not found/;
const NO_STREAM = /Stream with ID: 0 was not found/;
const NO_PARTITION = /Partition with ID: 0 for topic with ID: 0 for stream with ID: 0 was not/;

async function partitionsOf(topic: string): Promise<number> {
  const shown = await iggy.properties(`topic get dev ${topic}`);
  return Number(shown['Partitions count']);
}

describe('topic create', () => {
  it('makes a topic with the defaults of the server', async () => {
    assert.equal(
      await iggy.print('topic create dev plain 3 none'),
      'Topic with name: plain, partitions count: 3, compression algorithm: none, ' +
        'message expiry: server_default, max topic size: server_default, ' +
        'replication factor: 1 created in stream with ID: dev',
    );
    assert.equal(await partitionsOf('plain'), 3);
  });

  it('takes compression, expiry, size and replication factor', async () => {
    const options = '--max-topic-size 2GiB --replication-factor 1 --topic-id 77';
    await iggy.print(`topic create dev full 1 gzip 1day 2hours ${options}`);
    const shown = await iggy.properties('topic get dev full');
    assert.equal(shown.Compression, 'gzip');
    assert.equal(shown['Message expiry'], '1day 2h');
    assert.equal(shown['Max topic size'], '2.15 GB');
  });

  it('takes no expiry, no limit and no partitions', async () => {
    await iggy.print('t c dev endless 0 none none -m unlimited');
    const shown = await iggy.properties('t g dev endless');
    assert.equal(shown['Message expiry'], 'unlimited');
    assert.equal(shown['Max topic size'], 'unlimited');
    assert.equal(shown['Partitions count'], '0');
  });

  it('refuses a taken name, a missing stream and too many partitions', async () => {
    await iggy.print('topic create dev taken 1 none');
    await iggy.fail('topic create dev taken 1 none', /for stream with ID: 0 already exists/);
    await iggy.fail('topic create none events 1 none', NO_STREAM);
    await iggy.fail('topic create dev many 1001 none', /Too many partitions/);
    await iggy.misuse('topic create dev odd 1 rar', /invalid value 'rar'/);
  });
});

describe('topic get', () => {
  it('shows a topic by name and by number', async () => {
    await iggy.print('topic create dev shown 2 none');
    await iggy.print('message send dev shown one two three');
    const shown = await iggy.properties('topic get dev shown');
    assert.deepEqual(Object.keys(shown), [
      'Topic id',
      'Created',
      'Topic name',
      'Topic size',
      'Compression',
      'Message expiry',
      'Max topic size',
      'Topic message count',
      'Partitions count',
    ]);
    assert.equal(shown['Topic message count'], '3');
    assert.match(shown['Topic size'], /^2\d\d B$/);
    assert.deepEqual(await iggy.properties(['topic', 'get', '0', shown['Topic id']]), shown);
  });

  it('says that a topic is missing', async () => {
    const printed = await iggy.print('topic get dev none');
    assert.equal(printed, 'Topic with ID: none in stream dev was not found');
    await iggy.print('topic get none none');
  });
});

describe('topic list', () => {
  it('shows all topics as a table and as a list', async () => {
    await iggy.print('stream create shelf');
    await iggy.print('topic create shelf listed 2 gzip none');
    const [row, ...others] = await iggy.table('topic list shelf');
    assert.deepEqual(others, []);
    const { Created: created, ...rest } = row;
    assert.deepEqual(rest, {
      ID: '0',
      Name: 'listed',
      'Size (B)': '0 B',
      'Max Topic Size (B)': 'unlimited',
      Compression: 'gzip',
      'Message Expiry (s)': 'unlimited',
      'Messages Count': '0',
      'Partitions Count': '2',
    });
    assert.deepEqual(await iggy.list('topic list shelf'), [
      ['0', created, 'listed', '0 B', 'unlimited', 'gzip', 'unlimited', '0', '2'],
    ]);
  });

  it('shows an empty table for a stream without topics', async () => {
    await iggy.print('stream create empty');
    assert.deepEqual(await iggy.table('topic list empty'), []);
    assert.deepEqual(await iggy.list('topic list empty'), []);
  });
});

describe('topic update', () => {
  it('changes name, compression, expiry and size', async () => {
    await iggy.print('topic create dev before 1 none');
    assert.equal(
      await iggy.print('topic update dev before behind gzip 30min -m 3GiB -r 1'),
      'Topic with ID: before updated name: behind, updated message expiry: 30m, ' +
        'updated compression algorithm: gzip, updated max topic size: 3.22 GB, ' +
        'updated replication factor: 1 in stream with ID: dev',
    );
    const shown = await iggy.properties('topic get dev behind');
    assert.equal(shown.Compression, 'gzip');
    assert.equal(shown['Message expiry'], '30m');
    assert.equal(shown['Max topic size'], '3.22 GB');
  });

  it('refuses a name that is taken, and a missing topic', async () => {
    await iggy.print('topic create dev mine 1 none');
    await iggy.print('topic create dev yours 1 none');
    await iggy.fail('topic update dev mine yours none', /already exists/);
    await iggy.fail('topic update dev none other none', MISSING);
  });
});

describe('topic purge', () => {
  it('removes the messages and keeps the partitions', async () => {
    await iggy.print('topic create dev purged 2 none');
    await iggy.print('message send dev purged one two');
    const printed = await iggy.print('topic purge dev purged');
    assert.equal(printed, 'Topic with ID: purged in stream with ID: dev purged');
    const shown = await iggy.properties('topic get dev purged');
    assert.equal(shown['Topic message count'], '0');
    assert.equal(shown['Partitions count'], '2');
  });

  it('refuses a missing topic', () => iggy.fail('topic purge dev none', MISSING));
});

describe('topic delete', () => {
  it('removes a topic', async () => {
    await iggy.print('topic create dev removed 1 none');
    const printed = await iggy.print('topic delete dev removed');
    assert.equal(printed, 'Topic with ID: removed in stream with ID: dev deleted');
    assert.match(await iggy.print('topic get dev removed'), /was not found$/);
  });

  it('refuses a missing topic and a missing stream', async () => {
    await iggy.fail('topic delete dev none', MISSING);
    await iggy.fail('topic delete none none', NO_STREAM);
  });
});

describe('partition create', () => {
  it('adds partitions', async () => {
    await iggy.print('topic create dev grown 1 none');
    assert.equal(
      await iggy.print('partition create dev grown 2'),
      'Created 2 partitions for topic with ID: grown and stream with ID: dev',
    );
    assert.equal(
      await iggy.print('p c dev grown 1'),
      'Created 1 partition for topic with ID: grown and stream with ID: dev',
    );
    assert.equal(await partitionsOf('grown'), 4);
    await iggy.print('message send dev grown --partition-id 3 one');
  });

  it('refuses too many, none, and a missing topic', async () => {
    await iggy.fail('partition create dev 0 2000', /Too many partitions/);
    await iggy.misuse('partition create dev 0 0', /0 is not in 1\.\.100001/);
    await iggy.fail('partition create dev none 1', MISSING);
  });
});

describe('partition delete', () => {
  it('removes the last partitions with their messages', async () => {
    await iggy.print('topic create dev shrunk 3 none');
    await iggy.print('message send dev shrunk --partition-id 2 one');
    assert.equal(
      await iggy.print('partition delete dev shrunk 2'),
      'Deleted 2 partitions for topic with ID: shrunk and stream with ID: dev',
    );
    const shown = await iggy.properties('topic get dev shrunk');
    assert.equal(shown['Partitions count'], '1');
    assert.equal(shown['Topic message count'], '0');
    await iggy.fail('message poll dev shrunk 2 --first', NO_PARTITION);
  });

  it('refuses more than there are, and a missing topic', async () => {
    await iggy.print('topic create dev small 1 none');
    await iggy.fail('partition delete dev small 5', /Invalid partitions count/);
    await iggy.fail('partition delete dev none 1', MISSING);
  });
});

describe('segment delete', () => {
  it('stops within the tool, whatever the broker', async (context) => {
    const { code, stderr } = await iggy.run('segment delete dev 0 0 1');
    assert.match(stderr, /Mismatch between definition and access of `partition_id`/);
    assert.equal(code, 101);
    context.skip('the tool reads its own argument wrongly and ends before it connects');
  });
});
