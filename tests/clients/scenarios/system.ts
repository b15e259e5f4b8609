import assert from 'node:assert/strict';
import type { Caller } from '../suite/caller.ts';
import type { Scenario } from '../suite/scenario.ts';
import type { Scene } from '../suite/scene.ts';
import { createTopic, sendNumbers } from './stock.ts';
import { isPositive, numbers } from './texts.ts';

/** The connections that the broker has. */
export const connections: Scenario = {
  title: 'connections',
  async run(scene) {
    const root = await scene.open('root');
    await root.optional('ping', {});
    if (scene.transport === 'http') return showsOthers(scene, root);
    const transport = scene.transport === 'ws' ? 'websocket' : scene.transport;
    const expected = { userId: 0, transport, groupsCount: 0 };
    const me = await root.optional('me', {});
    const address = (text: string) => text.startsWith('127.0.0.1:');
    if (me !== undefined) scene.shows('me', me, { ...expected, groups: [], address });
    const listed = await root.optional('client.list', {});
    if (listed === undefined) return;
    const { clientId } = me ?? listed.find(({ userId }) => userId === 0)!;
    const own = listed.find((item) => item.clientId === clientId)!;
    scene.shows('client', own, expected);
    const found = await root.optional('client.get', { clientId });
    if (found !== undefined) scene.shows('client', found, { clientId, ...expected });
    const other = await scene.connect('anonymous');
    await other.optional('ping', {});
    const more = await root.call('client.list', {});
    const known = new Set(listed.map((item) => item.clientId));
    assert.ok(
      more.some((item) => !known.has(item.clientId)),
      'a new connection is not listed',
    );
  },
};

/** Who asks over HTTP has no connection that could be shown, but sees those of others. */
async function showsOthers(scene: Scene, root: Caller): Promise<void> {
  const { clientId } = await (await scene.helper()).call('me', {});
  const expected = { clientId, userId: 0, transport: 'tcp', groupsCount: 0 };
  await root.optional('me', {});
  const listed = await root.call('client.list', {});
  scene.shows('client', listed.find((item) => item.clientId === clientId)!, expected);
  scene.shows('client', await root.call('client.get', { clientId }), { ...expected, groups: [] });
}

/** Counters of the broker and the nodes of its cluster. */
export const system: Scenario = {
  title: 'stats and cluster',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, 3);
    await sendNumbers(scene, root, place, 1, numbers(0, 7));
    // Who asks over HTTP is not counted.
    if (scene.transport === 'http') await scene.helper();
    const stats = await root.optional('stats', {});
    if (stats !== undefined) showsStats(scene, stats.processId, stats);
    await showsCluster(scene, root);
  },
};

function showsStats(scene: Scene, processId: number, stats: object): void {
  assert.notEqual(processId, process.pid);
  const isSome = (count: number) => count > 0;
  const counts = { streamsCount: isSome, topicsCount: isSome, clientsCount: isSome };
  const data = { partitionsCount: (count: number) => count >= 3, segmentsCount: isSome };
  const sizes = { messagesCount: isPositive, messagesSizeBytes: isPositive };
  const machine = { hostname: (text: string) => text !== '', memoryUsage: isPositive };
  scene.shows('stats', stats, { ...counts, ...data, ...sizes, ...machine, processId: isSome });
}

async function showsCluster(scene: Scene, root: Caller): Promise<void> {
  const cluster = await root.optional('cluster', {});
  if (cluster === undefined) return;
  const [ip, port] = scene.broker.tcpAddress.split(':');
  const node = { ip, tcpPort: Number(port), role: 'leader', status: 'healthy' };
  scene.shows('cluster', cluster, { name: (text) => text !== '', nodes: [node] });
}

const ZIP_SIGNATURE = 'PK\u0003\u0004';

/** An archive about the state of the broker, compressed in every way. */
export const snapshot: Scenario = {
  title: 'snapshot',
  async run(scene) {
    const root = await scene.open('root');
    for (const compression of ['stored', 'deflated', 'bzip2', 'zstd', 'lzma', 'xz']) {
      const { zip } = await root.call('snapshot', { compression, types: ['all'] });
      const text = Buffer.from(zip, 'base64').toString('latin1');
      assert.ok(text.startsWith(ZIP_SIGNATURE), `${compression}: no archive`);
      assert.ok(text.includes('server_config.txt'), `${compression}: no configuration`);
    }
    const types = ['resource_usage', 'server_logs'];
    const { zip } = await root.call('snapshot', { compression: 'deflated', types });
    const text = Buffer.from(zip, 'base64').toString('latin1');
    assert.ok(text.includes('resource_usage.txt') && !text.includes('server_config.txt'));
    const mixed = { compression: 'stored', types: ['all', 'test'] };
    await root.refused('snapshot', mixed, 3);
  },
};
