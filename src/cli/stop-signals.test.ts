import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { onReloadSignal, type SignalHost, stopSignal } from './stop-signals.ts';

function fakeHost() {
  const emitter = new EventEmitter();
  const exits: number[] = [];
  const host = Object.assign(emitter, { exit: (code: number) => exits.push(code) });
  let nowMs = 0;
  const stopped = stopSignal(host as unknown as SignalHost, () => nowMs);
  const send = (signal: string, atMs: number) => {
    nowMs = atMs;
    emitter.emit(signal, signal);
  };
  return { exits, stopped, send };
}

test('the first signal asks for a stop, the second ends the process', async () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const { exits, stopped, send } = fakeHost();
    send('SIGTERM', 1000);
    assert.equal(await stopped, 'SIGTERM');
    assert.deepEqual(exits, []);
    send(signal, 2000);
    assert.deepEqual(exits, [code]);
  }
});

test('one key press that arrives twice counts once', async () => {
  const { exits, stopped, send } = fakeHost();
  send('SIGINT', 1000);
  send('SIGINT', 1010);
  assert.equal(await stopped, 'SIGINT');
  assert.deepEqual(exits, []);
});

test('a hang-up reloads, unless the terminal of the program is what has gone', () => {
  for (const [before, after, expected] of [
    [false, false, 'reload'],
    [true, true, 'reload'],
    [true, false, 'kill 7 SIGHUP, 0 listeners left'],
  ] as const) {
    let isThere = before;
    const seen: string[] = [];
    const host = Object.assign(new EventEmitter(), {
      pid: 7,
      kill(this: EventEmitter, pid: number, signal: string) {
        const left = this.listenerCount('SIGHUP');
        seen.push(`kill ${pid} ${signal}, ${left} listeners left`);
      },
    });
    onReloadSignal(
      host,
      () => seen.push('reload'),
      () => isThere,
    );
    isThere = after;
    host.emit('SIGHUP', 'SIGHUP');
    assert.deepEqual(seen, [expected]);
  }
});
