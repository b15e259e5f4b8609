import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { joinConsumerGroup } from '../../../src/wire/classic/commands/join-consumer-group.ts';
import { storeConsumerOffset } from '../../../src/wire/classic/commands/store-consumer-offset.ts';
import { RawClient } from '../../support/raw-client.ts';
import { Iggy } from './iggy.ts';

const iggy = await Iggy.start();
after(() => iggy.stop());
before(async () => {
  await iggy.print('stream create dev');
  await iggy.print('topic create dev events 3 none');
  await iggy.print('message send dev events --partition-id 1 one two three');
});

const NO_GROUP = /Consumer group with ID: 0 for topic with ID: 0 was not found/;
const NO_TOPIC = /Topic with ID: 0 for stream with ID: 0 was not found/;

const place = { streamId: 'dev', topicId: 'events' } as const;

/** A connection that is a member of a group: the tool itself cannot join. */
async function joined(groupId: string): Promise<RawClient> {
  const client = await RawClient.login({ addresses: { tcp: iggy.address } });
  await client.call(joinConsumerGroup, { ...place, groupId });
  return client;
}

describe('consumer-group create', () => {
  it('makes a group', async () => {
    assert.equal(
      await iggy.print('consumer-group create dev events made --group-id 9'),
      'Consumer group: ID auto incremented, name: made created ' +
        'for topic with ID: events and stream with ID: dev',
    );
  });

  it('refuses a taken name and a missing topic', async () => {
    await iggy.print('g c dev events taken');
    await iggy.fail('g c dev events taken', /for topic with ID: 0 already exists/);
    await iggy.fail('g c dev none mail', NO_TOPIC);
  });
});

describe('consumer-group get', () => {
  it('shows a group and its members', async () => {
    await iggy.print('consumer-group create dev events shown');
    const empty = await iggy.properties('consumer-group get dev events shown');
    assert.equal(empty['Consumer group name'], 'shown');
    assert.equal(empty['Partitions count'], '3');
    assert.equal(empty['Members count'], '0');
    await using _member = await joined('shown');
    const { Members: members, ...shown } = await iggy.properties('g g dev events shown');
    assert.equal(shown['Members count'], '1');
    assert.match(members, /Member id +\| Partitions count +\| Partitions/);
    assert.match(members, /0 +\| 3 +\| 0, 1, 2/);
  });

  it('says that a group is missing', async () => {
    const printed = await iggy.print('consumer-group get dev events none');
    assert.equal(printed, 'Consumer group with ID: none was not found');
  });
});

describe('consumer-group list', () => {
  it('shows all groups as a table and as a list', async () => {
    await iggy.print('topic create dev listed 2 none');
    assert.deepEqual(await iggy.table('consumer-group list dev listed'), []);
    await iggy.print('consumer-group create dev listed mail');
    assert.deepEqual(await iggy.table('consumer-group list dev listed'), [
      { ID: '0', Name: 'mail', 'Partitions Count': '2', 'Members Count': '0' },
    ]);
    assert.deepEqual(await iggy.list('g l dev listed'), [['0', 'mail', '2', '0']]);
  });
});

describe('consumer-group delete', () => {
  it('removes a group', async () => {
    await iggy.print('consumer-group create dev events removed');
    assert.equal(
      await iggy.print('consumer-group delete dev events removed'),
      'Consumer group with ID: removed deleted for topic with ID: events and stream with ID: dev',
    );
    assert.match(await iggy.print('g g dev events removed'), /was not found$/);
  });

  it('refuses a missing group and a missing topic', async () => {
    await iggy.fail('consumer-group delete dev events none', NO_GROUP);
    await iggy.fail('consumer-group delete dev none none', NO_TOPIC);
  });
});

describe('consumer-offset set', () => {
  it('stores the offset of a consumer, also backwards', async () => {
    assert.equal(
      await iggy.print('consumer-offset set 7 dev events 1 2'),
      'Consumer offset for consumer with ID: 7 for stream with ID: dev ' +
        'and topic with ID: events and partition with ID: 1 set to 2',
    );
    await iggy.print('o s 7 dev events 1 0 --kind consumer');
    const shown = await iggy.properties('o g 7 dev events 1');
    assert.equal(shown['Stored offset'], '0');
  });

  it('refuses an offset behind the end and what is missing', async () => {
    await iggy.fail('consumer-offset set 7 dev events 1 3', /Invalid offset/);
    await iggy.fail(
      'consumer-offset set 7 dev events 9 0',
      /Partition with ID: 0 .* was not found/,
    );
    await iggy.fail('consumer-offset set 7 dev none 0 0', NO_TOPIC);
  });

  it('is refused for a group, which the tool cannot be a member of', async () => {
    await iggy.print('consumer-group create dev events strangers');
    const reason = /Consumer group member with client ID: 0 .* was not found/;
    await iggy.fail('consumer-offset set strangers dev events 1 0 -k consumer-group', reason);
  });
});

describe('consumer-offset get', () => {
  it('shows the offset of a consumer with a number or a name', async () => {
    for (const consumer of ['8', 'reader']) {
      await iggy.print(`consumer-offset set ${consumer} dev events 1 1`);
      assert.deepEqual(await iggy.properties(`consumer-offset get ${consumer} dev events 1`), {
        'Consumer ID': consumer,
        'Stream ID': 'dev',
        'Topic ID': 'events',
        'Partition ID': '1',
        'Current offset': '2',
        'Stored offset': '1',
      });
    }
  });

  it('shows the offset that a member stored for its group', async () => {
    await iggy.print('consumer-group create dev events workers');
    await using member = await joined('workers');
    const consumer = { kind: 'group', id: 'workers' } as const;
    const offset = { ...place, consumer, partitionId: 1, offset: 2n };
    await member.call(storeConsumerOffset, offset);
    const shown = await iggy.properties('o g workers dev events 1 --kind consumer-group');
    assert.equal(shown['Stored offset'], '2');
  });

  it('says that nothing is stored', async () => {
    assert.equal(
      await iggy.print('consumer-offset get 99 dev events 1'),
      'Consumer offset for consumer with ID: 99 for stream with ID: dev ' +
        'and topic with ID: events and partition with ID: 1 was not found',
    );
    await iggy.print('consumer-group create dev events idle');
    const printed = await iggy.print('consumer-offset get idle dev events 1 -k consumer-group');
    assert.match(printed, /^Consumer offset for consumer group with ID: idle .* was not found$/);
  });
});
