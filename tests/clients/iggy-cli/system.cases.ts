import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { joinConsumerGroup } from '../../../src/wire/classic/commands/join-consumer-group.ts';
import { RawClient } from '../../support/raw-client.ts';
import { Iggy, type Words } from './iggy.ts';
import { type ZipEntry, zipEntries } from './zip-entries.ts';

const iggy = await Iggy.start();
after(() => iggy.stop());
before(async () => {
  await iggy.print('stream create dev');
  await iggy.print('topic create dev events 2 none');
  await iggy.print('message send dev events one two three');
});

const NO_LOGIN = { login: [] } as const;

describe('ping', () => {
  it('needs no login', async () => {
    const printed = await iggy.print('ping', NO_LOGIN);
    assert.match(printed, /^Ping sequence id: 1 time: \d+\.\d\d ms\n/);
    assert.match(printed, /Ping statistics for 1 ping commands/);
    assert.match(printed, /min\/avg\/max\/mdev = \d+\.\d{3}\//);
  });

  it('repeats itself', async () => {
    const printed = await iggy.print('ping --count 2', NO_LOGIN);
    assert.match(printed, /^Ping sequence id: 2 /m);
    assert.match(printed, /Ping statistics for 2 ping commands/);
  });
});

describe('me', () => {
  it('shows the own connection', async () => {
    const shown = await iggy.properties('me');
    assert.deepEqual(Object.keys(shown), ['Client ID', 'User ID', 'Address', 'Transport']);
    assert.match(shown['Client ID'], /^\d+$/);
    assert.equal(shown['User ID'], '0');
    assert.match(shown.Address, /^127\.0\.0\.1:\d+$/);
    assert.equal(shown.Transport, 'TCP');
  });
});

describe('client list', () => {
  it('shows all connections as a table and as a list', async () => {
    await using _other = await RawClient.login({ addresses: { tcp: iggy.address } });
    const rows = await iggy.table('client list');
    assert.equal(rows.length, 2);
    const titles = ['Client ID', 'User ID', 'Address', 'Transport', 'Consumer Groups'];
    assert.deepEqual(Object.keys(rows[0]), titles);
    const lines = await iggy.list('c l');
    assert.equal(lines.length, 2);
    for (const [id, user, address, ...rest] of lines) {
      assert.match(id, /^\d+$/);
      assert.equal(user, '0');
      assert.match(address, /^127\.0\.0\.1:\d+$/);
      assert.deepEqual(rest, ['TCP', '0']);
    }
  });
});

describe('client get', () => {
  it('shows a connection and its groups', async () => {
    await iggy.print('consumer-group create dev events workers');
    await using member = await RawClient.login({ addresses: { tcp: iggy.address } });
    const group = { streamId: 'dev', topicId: 'events', groupId: 'workers' };
    await member.call(joinConsumerGroup, group);
    const row = (await iggy.table('client list')).find((found) => found['Consumer Groups'] === '1');
    assert.ok(row !== undefined, 'the member is not in the list');
    const { 'Consumer Groups Details': details, ...shown } = await iggy.properties([
      'client',
      'get',
      row['Client ID'],
    ]);
    assert.deepEqual(shown, {
      'Client ID': row['Client ID'],
      'User ID': '0',
      Address: row.Address,
      Transport: 'TCP',
      'Consumer Groups Count': '1',
    });
    assert.match(details, /Stream ID +\| Topic ID +\| Consumer Group ID/);
    assert.match(details, /0 +\| 0 +\| 0/);
  });

  it('says that a connection is missing', async () => {
    assert.equal(await iggy.print('client get 1'), 'Client with ID: 1 was not found');
  });
});

describe('cluster metadata', () => {
  it('shows the one node as a table and as a list', async () => {
    const [host, port] = iggy.address.split(':');
    const printed = await iggy.print('cluster metadata');
    assert.match(printed, /^Cluster name: single-node\n/);
    const [node, ...others] = await iggy.table('cl m');
    assert.deepEqual(others, []);
    const { Name: name, QUIC: _quic, HTTP: _http, WebSocket: _webSocket, ...rest } = node;
    assert.deepEqual(rest, { IP: host, TCP: port, Role: 'leader', Status: 'healthy' });
    const [, line] = await iggy.list('cluster metadata');
    assert.deepEqual(line.slice(0, 3), [name, host, port]);
    assert.deepEqual(line.slice(-2), ['leader', 'healthy']);
  });
});

describe('stats', () => {
  it('counts what the broker holds', async () => {
    await iggy.print('stream create counted');
    await iggy.print('topic create counted events 3 none');
    const earlier = await iggy.properties('stats');
    assert.equal(Object.keys(earlier).length, 24);
    await iggy.print('message send counted events one two');
    const later = await iggy.properties('stats');
    const difference = (name: string) => Number(later[name]) - Number(earlier[name]);
    assert.equal(difference('Message Count'), 2);
    assert.equal(difference('Streams Count'), 0);
    assert.ok(difference('Messages Size Bytes') > 128);
    assert.ok(Number(later['Partitions Count']) >= 5);
    assert.ok(Number(later['Segments Count']) >= 5);
    for (const name of ['Iggy Server PID', 'Threads Count', 'Free Disk Space']) {
      assert.ok(Number(later[name]) > 0, name);
    }
    for (const name of ['OS Name', 'OS Version', 'Kernel Version']) assert.match(later[name], /\w/);
    assert.match(later['Total CPU Usage'], /^\d+\.\d{4} %$/);
    assert.match(later['Start Time (UTC)'], /^\d{4}-\d\d-\d\d /);
  });

  it('shows a list', async () => {
    const lines = (await iggy.print('stats --output list')).split('\n');
    assert.equal(lines.length, 24);
    for (const line of lines) assert.match(line, /^[A-Z][^|]+\|.+$/);
  });

  it('writes JSON and TOML for programs, also when quiet', async () => {
    const json = JSON.parse((await iggy.run('--quiet stats --output json')).stdout);
    assert.equal(json.iggy_server_version, '0.8.0');
    assert.match(json.os_name, /\w/);
    assert.deepEqual(json.cache_metrics, {});
    const toml = (await iggy.run('--quiet stats --output toml')).stdout;
    assert.match(toml, /^iggy_server_semver = 8000$/m);
    assert.match(toml, new RegExp(`^process_id = ${json.process_id}$`, 'm'));
  });
});

describe('snapshot', () => {
  /** The entries of the archive that a command makes. */
  async function snapshot(name: string, words: Words): Promise<ZipEntry[]> {
    const folder = join(iggy.folder, name);
    await mkdir(folder);
    const shown = await iggy.properties(`snapshot --out-dir ${folder} ${words}`);
    const [file] = await readdir(folder);
    assert.match(file, /^snapshot_\d{8}_\d{6}\.zip$/);
    assert.equal(shown['File Path'], join(folder, file));
    const bytes = await readFile(join(folder, file));
    assert.equal(shown['File Size (bytes)'], String(bytes.byteLength));
    return zipEntries(bytes);
  }

  it('writes an archive with the usual reports', async () => {
    const entries = await snapshot('usual', '');
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['filesystem_overview.txt', 'process_list.txt', 'resource_usage.txt', 'server_logs.txt'],
    );
    assert.deepEqual(new Set(entries.map(({ method }) => method)), new Set(['deflated']));
  });

  it('writes the reports that are asked for', async () => {
    const words = '--compression stored --snapshot-types server_config test';
    assert.deepEqual(await snapshot('chosen', words), [
      { name: 'server_config.txt', method: 'stored' },
      { name: 'test.txt', method: 'stored' },
    ]);
    const names = (await snapshot('all', '-s all')).map(({ name }) => name);
    assert.equal(names.length, 5);
    assert.ok(names.includes('server_config.txt') && !names.includes('test.txt'));
  });

  it('writes an archive for every compression of the tool', async () => {
    for (const compression of ['bzip2', 'zstd', 'lzma', 'xz']) {
      const entries = await snapshot(compression, `-c ${compression} -s server_config`);
      assert.deepEqual(
        entries.map(({ name }) => name),
        ['server_config.txt'],
      );
    }
  });

  it('refuses a compression that does not exist', async () => {
    await iggy.misuse('snapshot --compression rar', /invalid value 'rar'/i);
  });
});
