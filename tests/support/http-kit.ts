import { connect } from '../../src/client/client.ts';
import type { TestBroker } from './broker.ts';
import { eventually } from './eventually.ts';
import { batchBody, type HttpAnswer, HttpCaller, topicBody } from './http-caller.ts';

/** The topic that is made here. */
export const topic = '/streams/dev/topics/events';

/** Messages of `sendLarge`. */
export const LARGE_COUNT = 160;
/** Bytes of the payload of each. */
export const LARGE_BYTES = 100_000;
/** Of those in a batch. */
const BATCH_COUNT = 20;

/** Creates the topic; the caller is root. */
export async function withTopic(broker: TestBroker): Promise<HttpCaller> {
  const root = await HttpCaller.login(broker);
  await root.post('/streams', { name: 'dev' });
  await root.post('/streams/dev/topics', topicBody());
  return root;
}

/** Sends to partition 0. */
export function send(caller: HttpCaller, ...payloads: readonly string[]): Promise<HttpAnswer> {
  return caller.post(`${topic}/messages`, batchBody(...payloads));
}

/** Sends more than sockets hold to partition 0. */
export async function sendLarge(broker: TestBroker): Promise<void> {
  await using client = await connect(broker.url);
  const payload = Buffer.alloc(LARGE_BYTES, 'x');
  const batch = Array.from({ length: BATCH_COUNT }, () => ({ payload }));
  for (let sent = 0; sent < LARGE_COUNT; sent += BATCH_COUNT) {
    await client.messages.send('dev', 'events', batch, { partition: 0 });
  }
}

/** Resolves when so many partitions and groups are waited for. */
export async function waits(broker: TestBroker, count = 1): Promise<void> {
  await eventually(`${count} are waited for`, () => broker.statistics.watchedCount === count);
}

/** Resolves when all that was opened over HTTP came back. */
export async function isIdle(broker: TestBroker): Promise<void> {
  await eventually('nothing is under way', () => {
    const { watchedCount, httpRequestsCount, repliesOut, callsWaiting } = broker.statistics;
    return watchedCount + httpRequestsCount + repliesOut + callsWaiting === 0;
  });
}

/** Resolves when nothing more is polled, with all that was. */
export async function polledUntilStill(
  broker: TestBroker,
  unit: 'bytes' | 'messages',
): Promise<number> {
  let before = -1;
  await eventually('the broker waits for the reader', async () => {
    const now = await polled(broker, unit);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const isStill = now > 0 && now === before;
    before = now;
    return isStill;
  });
  return before;
}

async function polled(broker: TestBroker, unit: 'bytes' | 'messages'): Promise<number> {
  const series = new RegExp(`^veltro_polled_${unit}_total\\{.*\\} (\\d+)$`, 'gm');
  const lines = (await broker.metrics()).matchAll(series);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}
