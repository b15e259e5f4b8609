import assert from 'node:assert/strict';
import { Refusal } from '../suite/caller.ts';
import type { PolledMessage } from '../suite/operations.ts';
import type { Scenario } from '../suite/scenario.ts';
import { createTopic, poll } from './stock.ts';
import { base64, isPositive, textOf } from './texts.ts';

const LARGE_BYTES = 10_000_000;

/** Payloads of one byte, of ten megabytes, and of every byte there is. */
export const sizes: Scenario = {
  title: 'small and large messages',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, 1);
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const large = Uint8Array.from({ length: LARGE_BYTES }, (_, index) => index % 251);
    const payloads = [base64('a'), base64(every), base64(large), base64('z')];
    for (const payload of payloads) {
      await root.call('message.send', { ...place, to: { partition: 0 }, messages: [{ payload }] });
    }
    const messages: PolledMessage[] = [];
    while (messages.length < payloads.length) {
      // Over QUIC an answer holds less than all of them.
      const from = { offset: String(messages.length) };
      const polled = await poll(root, place, { from });
      assert.ok(polled.messages.length > 0, `${messages.length} messages came back`);
      messages.push(...polled.messages);
    }
    assert.equal(messages.length, payloads.length);
    for (const [index, { payload }] of messages.entries()) {
      assert.ok(payload === payloads[index], `payload ${index} came back changed`);
    }
  },
};

/** A payload may be empty for the broker; most clients refuse to send one. */
export const emptyPayload: Scenario = {
  title: 'empty payload',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, 1);
    const texts = ['before', '', 'behind'];
    const messages = texts.map((text) => ({ payload: base64(text) }));
    const request = { ...place, to: { partition: 0 }, messages };
    try {
      await scene.arrange(root, 'message.send', request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      scene.quirk(`refuses to send an empty payload (${error.code})`);
      await (await scene.helper()).call('message.send', request);
    }
    const polled = await poll(root, place, { from: 'first' });
    assert.deepEqual(
      polled.messages.map(({ payload }) => textOf(payload)),
      texts,
    );
  },
};

/** Ids are kept, or made by the broker; times and checksums are its own. */
export const ids: Scenario = {
  title: 'message ids',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, 1);
    const given = ['1', String(2n ** 64n + 7n), String(2n ** 128n - 1n)];
    const payload = base64('x');
    const target = { ...place, to: { partition: 0 } } as const;
    await root.call('message.send', { ...target, messages: [{ payload }, { payload }] });
    const chosen = { ...target, messages: given.map((id) => ({ id, payload })) };
    const areChosen = (await root.optional('message.send', chosen)) !== undefined;
    const { messages } = await poll(root, place, { from: 'first' });
    const [first, second, ...others] = messages;
    assert.notEqual(first.id, second.id, 'two messages have one id');
    if (first.originTimestamp === '0') scene.quirk('sends no time of its own');
    const common = { checksum: isPositive, timestamp: isNow };
    for (const message of [first, second]) {
      scene.shows('message', message, { id: isPositive, ...common });
    }
    if (areChosen)
      scene.shows(
        'message',
        others,
        given.map((id) => ({ id, ...common })),
      );
  },
};

function isNow(micros: string): boolean {
  return Math.abs(Date.now() - Number(BigInt(micros) / 1000n)) < 60_000;
}
