import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import type { Scenario } from '../suite/scenario.ts';
import { createTopic, numbersOf, offsetsOf, poll, type Request, sendNumbers } from './stock.ts';
import { numbers } from './texts.ts';

const BATCHES = 3;
const BATCH = 10;

/** Every place where a poll can begin. */
export const polling: Scenario = {
  title: 'polling strategies',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, 1);
    const newest = async () => (await poll(root, place, { from: 'last', count: 1 })).messages[0];
    for (let batch = 0; batch < BATCHES; batch++) {
      await sendNumbers(scene, root, place, 0, numbers(batch * BATCH, BATCH));
      const { timestamp } = await newest();
      // The next batch must have a time of its own.
      await eventually('time goes on', () => BigInt(Date.now()) * 1000n > BigInt(timestamp));
    }
    const gives = async (request: Request, expected: readonly number[]) => {
      const polled = await poll(root, place, request);
      assert.deepEqual(offsetsOf(polled), expected, `polled ${JSON.stringify(request)}`);
      assert.deepEqual(numbersOf(polled), expected);
      scene.shows('polled', polled, { partition: 0, currentOffset: '29' });
    };
    await gives({ from: 'first', count: 5 }, numbers(0, 5));
    await gives({ from: 'last', count: 5 }, numbers(25, 5));
    await gives({ from: 'last', count: 100 }, numbers(0, 30));
    await gives({ from: { offset: '7' }, count: 20 }, numbers(7, 20));
    await gives({ from: { offset: '25' }, count: 20 }, numbers(25, 5));
    await gives({ from: { offset: '30' }, count: 20 }, []);
    await gives({ from: 'next', count: 4 }, numbers(0, 4));
    const { timestamp: middle } = (await poll(root, place, { from: { offset: '10' } })).messages[0];
    await gives({ from: { timestamp: middle }, count: 12 }, numbers(10, 12));
    await gives({ from: { timestamp: '0' }, count: 3 }, numbers(0, 3));
    const late = BigInt((await newest()).timestamp) + 1n;
    await gives({ from: { timestamp: String(late) }, count: 3 }, []);
  },
};
