import assert from 'node:assert/strict';
import { NotOffered } from '../suite/caller.ts';
import type { Header, HeaderKind } from '../suite/operations.ts';
import type { Scenario } from '../suite/scenario.ts';
import { createTopic, poll, sortedByKey } from './stock.ts';
import { base64 } from './texts.ts';

/** Values of every kind, the smallest and the largest where there are such. */
const values: Readonly<Record<HeaderKind, readonly (string | boolean)[]>> = {
  raw: [base64(Buffer.from([0, 1, 254, 255]))],
  string: ['text', 'é λ', 'x'.repeat(255)],
  bool: [true, false],
  int8: ['-128', '127'],
  int16: ['-32768', '32767'],
  int32: ['-2147483648', '2147483647'],
  int64: ['-9223372036854775808', '9223372036854775807'],
  int128: [String(-(2n ** 127n)), String(2n ** 127n - 1n)],
  uint8: ['0', '255'],
  uint16: ['65535'],
  uint32: ['4294967295'],
  uint64: ['18446744073709551615'],
  uint128: [String(2n ** 128n - 1n)],
  float32: ['1.5', '-0.25'],
  float64: ['3.141592653589793', '-1e300'],
};

/** User headers come back as they were sent, of whatever kind they are. */
export const headers: Scenario = {
  title: 'user headers',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, 1);
    const sent: Header[][] = [];
    for (const [kind, list] of Object.entries(values) as [HeaderKind, (string | boolean)[]][]) {
      const given = list.map((value, index) => ({ key: `${kind}-${index}`, kind, value }));
      const messages = [{ payload: base64(kind), headers: given }];
      const request = { ...place, to: { partition: 0 }, messages };
      if ((await root.optional('message.send', request)) !== undefined) sent.push(given);
    }
    if (sent.length === 0) throw new NotOffered('message.send', 'user headers of no kind');
    await root.call('message.send', {
      ...place,
      to: { partition: 0 },
      messages: [{ payload: base64('several'), headers: sent.flat() }, { payload: base64('none') }],
    });
    const { messages } = await poll(root, place, { from: 'first', count: 100 });
    for (const [index, wanted] of [...sent, sent.flat(), []].entries()) {
      const found = messages[index].headers;
      scene.shows('headers', found && sortedByKey(found), sortedByKey(wanted).map(expected));
    }
    assert.equal(messages.length, sent.length + 2);
  },
};

/** Floating point numbers have more than one way to be written. */
function expected({ key, kind, value }: Header) {
  if (!kind.startsWith('float')) return { key, kind, value };
  return { key, kind, value: (text: string | boolean) => Number(text) === Number(value) };
}
