import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { HttpCaller, topicBody } from '../support/http-caller.ts';

const messages = '/streams/dev/topics/events/messages';

interface Health {
  readonly status: string;
  readonly problems: readonly { readonly code: string; readonly reason: string }[];
}

async function ready(caller: HttpCaller): Promise<[status: number, codes: string[]]> {
  const { status, json } = await caller.get('/health/ready');
  return [status, (json as Health).problems.map(({ code }) => code)];
}

test('a broker that works is live and ready', async () => {
  await using broker = await startBroker({ http: { port: 0 } });
  const caller = new HttpCaller(broker);
  assert.deepEqual(await ready(caller), [200, []]);
  assert.equal((await caller.get('/health/live')).status, 200);
});

test('while it recovers, a broker is live and not ready', async () => {
  const port = await freePort();
  const caller = new HttpCaller({ httpUrl: `http://127.0.0.1:${port}` });
  const starting = startBroker({ http: { port } });
  const seen: unknown[] = [];
  const watch = (async () => {
    while (seen.length === 0 || (seen.at(-1) as number[])[0] !== 200) {
      const answer = await ready(caller).catch(() => undefined);
      if (answer !== undefined) seen.push(answer);
      const { status } = await caller.get('/streams').catch(() => ({ status: 0 }));
      if (answer?.[0] === 503 && status !== 0) assert.ok(status === 503 || status === 401);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  await using _broker = await starting;
  await watch;
  assert.deepEqual(seen.at(-1), [200, []]);
  for (const answer of seen.slice(0, -1)) assert.deepEqual(answer, [503, ['recovering']]);
  assert.ok(seen.length > 1, 'the start was over before anybody could ask');
});

test('while it drains, what is under way is finished and said to be the last', async () => {
  const settings = { 'polling.max_wait': '1 m' };
  await using broker = await startBroker({ http: { port: 0 }, settings });
  const root = await HttpCaller.login(broker);
  await root.post('/streams', { name: 'dev' });
  await root.post('/streams/dev/topics', topicBody());
  const held = root.get(`${messages}?wait=60000`);
  await eventually('the poll waits', () => broker.statistics.watchedCount === 1);
  const stopped = broker.stop();
  const { status, headers } = await held;
  assert.deepEqual([status, headers.get('connection')], [200, 'close']);
  await stopped;
  await assert.rejects(root.get('/ping'));
});
