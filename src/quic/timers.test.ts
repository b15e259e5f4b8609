import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { type Timed, Timers } from './timers.ts';

class Alarm implements Timed {
  dueMs = Number.POSITIVE_INFINITY;
  timerIndex = -1;
  readonly name: string;
  readonly #rung: string[];

  constructor(name: string, rung: string[]) {
    this.name = name;
    this.#rung = rung;
  }

  onDue(nowMs: number): void {
    assert.ok(this.dueMs === Number.POSITIVE_INFINITY, 'it is out before it is called');
    assert.ok(nowMs > 0);
    this.#rung.push(this.name);
  }
}

test('what is due is called in the order of its times, once', async () => {
  const timers = new Timers();
  const rung: string[] = [];
  const now = performance.now();
  for (const [name, inMs] of [
    ['c', 30],
    ['a', 1],
    ['b', 12],
    ['never', Number.POSITIVE_INFINITY],
  ] as const) {
    timers.set(new Alarm(name, rung), now + inMs);
  }
  assert.equal(timers.size, 3);
  while (timers.size > 0) await sleep(5);
  assert.deepEqual(rung, ['a', 'b', 'c']);
});

test('a time can be moved and taken out', async () => {
  const timers = new Timers();
  const rung: string[] = [];
  const [early, late, out] = ['early', 'late', 'out'].map((name) => new Alarm(name, rung));
  const now = performance.now();
  for (const alarm of [late, early, out]) timers.set(alarm, now + 5);
  timers.set(late, now + 60);
  timers.set(early, now + 20);
  timers.set(out, Number.POSITIVE_INFINITY);
  while (timers.size > 0) await sleep(5);
  assert.deepEqual(rung, ['early', 'late']);
});

test('who is called may set its next time', async () => {
  const timers = new Timers();
  const rung: string[] = [];
  const alarm = new Alarm('again', rung);
  const ring = alarm.onDue.bind(alarm);
  alarm.onDue = (nowMs) => {
    ring(nowMs);
    if (rung.length < 3) timers.set(alarm, nowMs);
  };
  timers.set(alarm, 0);
  while (rung.length < 3) await sleep(1);
  assert.equal(timers.size, 0);
});

test('nothing is called after all was cleared', async () => {
  const timers = new Timers();
  const rung: string[] = [];
  timers.set(new Alarm('x', rung), performance.now() + 2);
  timers.clear();
  await sleep(20);
  assert.deepEqual([rung, timers.size], [[], 0]);
});

test('whatever is set, moved and taken out, the next one is on top', () => {
  const change = fc.record({
    alarm: fc.nat(20),
    dueMs: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.constant(Number.POSITIVE_INFINITY)),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const timers = new Timers();
      const future = performance.now() + 1e6;
      const alarms = Array.from({ length: 21 }, (_, n) => new Alarm(String(n), []));
      const expected = new Map<Alarm, number>();
      for (const { alarm, dueMs } of changes) {
        timers.set(alarms[alarm], future + dueMs);
        if (dueMs === Number.POSITIVE_INFINITY) expected.delete(alarms[alarm]);
        else expected.set(alarms[alarm], future + dueMs);
        assert.equal(timers.size, expected.size);
        const first = [...expected.values()].sort((a, b) => a - b)[0];
        assert.equal(timers.next, first);
      }
      timers.clear();
    }),
  );
});
