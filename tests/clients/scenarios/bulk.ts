import assert from 'node:assert/strict';
import type { Caller } from '../suite/caller.ts';
import type { OutgoingMessage, PolledMessage } from '../suite/operations.ts';
import type { Scenario } from '../suite/scenario.ts';
import type { Scene } from '../suite/scene.ts';
import { createTopic, type Place, poll, sortedByKey } from './stock.ts';
import { base64, numbers } from './texts.ts';

const PARTITIONS = 3;
const BATCH = 1000;
/** No divisor of the batch size, so that pages cut batches in the middle. */
const PAGE = 997;
/** Every such message carries user headers and an id of its own. */
const MARKED_EVERY = 10_000;
/** What was stored before the broker ended. */
const KEPT = { partition: 0, consumer: 'keeper', offset: '41' } as const;

/** Many messages come back as they were sent, also after the broker stopped and after it died. */
export const bulk: Scenario = {
  title: 'bulk: stop and kill',
  settings: {},
  async run(scene) {
    const writer = await scene.open('writer');
    const load = await write(scene, writer);
    const kept = await writer.optional('offset.store', { ...load.place, ...KEPT });
    await verify(scene, writer, load);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await scene.broker.restart(signal);
      const reader = await scene.open(`after-${signal}`);
      await verify(scene, reader, load);
      if (kept === undefined) continue;
      const stored = await reader.call('offset.get', { ...load.place, ...KEPT });
      scene.shows('stored offset', stored, { storedOffset: KEPT.offset });
    }
  },
};

/** What was acknowledged survives a kill right behind the last acknowledgement. */
export const acknowledged: Scenario = {
  title: 'bulk: kill at once',
  settings: {},
  async run(scene) {
    const load = await write(scene, await scene.open('writer'));
    await scene.broker.restart('SIGKILL');
    await verify(scene, await scene.open('reader'), load);
  },
};

/** What was written, and whether some of it is marked. */
interface Load {
  readonly place: Place;
  readonly isMarked: boolean;
}

async function write(scene: Scene, writer: Caller): Promise<Load> {
  const place = await createTopic(scene, writer, PARTITIONS);
  let isMarked = true;
  for (const [index, batch] of batches(scene.count).entries()) {
    const to = { partition: index % PARTITIONS };
    const send = () => {
      const messages = batch.map((number) => outgoing(number, isMarked));
      return { ...place, to, messages };
    };
    // Only the first batch can tell: number 0 is marked.
    if (index === 0) isMarked = (await writer.optional('message.send', send())) !== undefined;
    if (index > 0 || !isMarked) await writer.call('message.send', send());
  }
  return { place, isMarked };
}

function batches(count: number): number[][] {
  const starts = numbers(0, Math.ceil(count / BATCH));
  return starts.map((index) => numbers(index * BATCH, Math.min(BATCH, count - index * BATCH)));
}

/** 100 bytes: ten digits of the number, then letters that depend on it. */
function payload(number: number): string {
  const letters = numbers(0, 90).map((index) => 97 + ((number * 31 + index * 7) % 26));
  return base64(String(number).padStart(10, '0') + String.fromCharCode(...letters));
}

function outgoing(number: number, isMarked: boolean): OutgoingMessage {
  if (!isMarked || number % MARKED_EVERY !== 0) return { payload: payload(number) };
  const headers = [
    { key: 'number', kind: 'uint32', value: String(number) },
    { key: 'origin', kind: 'string', value: 'suite' },
  ] as const;
  return { id: String(number + 1), payload: payload(number), headers };
}

async function verify(scene: Scene, reader: Caller, load: Load): Promise<void> {
  const topic = await scene.arrange(reader, 'topic.get', load.place);
  scene.shows('topic', topic, { messagesCount: String(scene.count) });
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const wanted = batches(scene.count).filter((_, index) => index % PARTITIONS === partition);
    await verifyPartition(scene, reader, load, partition, wanted.flat());
  }
}

/** Reads a partition from its start to its end. */
async function verifyPartition(
  scene: Scene,
  reader: Caller,
  { place, isMarked }: Load,
  partition: number,
  wanted: readonly number[],
): Promise<void> {
  let offset = 0;
  let timestamp = 0n;
  for (;;) {
    const from = { offset: String(offset) };
    const { messages } = await poll(reader, place, { from, count: PAGE, partition });
    if (messages.length === 0) break;
    for (const message of messages) {
      verifyMessage(scene, message, offset, outgoing(wanted[offset], isMarked));
      assert.ok(BigInt(message.timestamp) >= timestamp, 'the timestamps go back');
      timestamp = BigInt(message.timestamp);
      offset++;
    }
  }
  assert.equal(offset, wanted.length, `messages of partition ${partition}`);
}

function verifyMessage(
  scene: Scene,
  message: PolledMessage,
  offset: number,
  sent: OutgoingMessage,
): void {
  // A comparison by the kit for each of so many messages would take longer than the clients.
  if (message.offset !== String(offset) || message.payload !== sent.payload) {
    assert.fail(`offset ${offset} holds ${message.payload} with the offset ${message.offset}`);
  }
  if (sent.headers === undefined) return;
  const headers = sortedByKey(message.headers ?? []);
  scene.shows('message', { ...message, headers }, { id: sent.id!, headers: sent.headers });
}
