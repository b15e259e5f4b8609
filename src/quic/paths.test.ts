import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from '@matrixai/quic/native/types.js';
import { Paths } from './paths.ts';

const SEND_QUANTUM_BYTES = 1200;

/** What a connection tells of its addresses, which are ports here; the test is the library. */
class Library {
  readonly received = new Map([[1, 1]]);
  active: number[] = [1];
  eventsCount = 0;
  statsCount = 0;

  pathEventNext(): unknown {
    return this.eventsCount-- > 0 ? {} : null;
  }

  pathStats() {
    this.statsCount++;
    return [...this.received].map(([port, recv]) => ({
      peerHost: { host: '127.0.0.1', port },
      active: this.active.includes(port),
      recv,
    }));
  }

  sendQuantum(): number {
    return this.active.length > 0 ? SEND_QUANTUM_BYTES : 0;
  }

  receive(port: number): void {
    this.received.set(port, (this.received.get(port) ?? 0) + 1);
  }
}

function setUp() {
  const library = new Library();
  return { library, paths: new Paths(library as unknown as Connection) };
}

/** The other side has moved from port 1 to 2, and the library knows. */
function setUpMoved() {
  const { library, paths } = setUp();
  library.eventsCount = 1;
  paths.look();
  library.receive(2);
  library.active = [2];
  library.eventsCount = 2;
  paths.look();
  return { library, paths };
}

/** How many packets may be sent before something is heard. */
function packetsLeft(paths: Paths): number {
  let packets = 0;
  for (; packets < 100 && paths.maySend; packets++) paths.onSent();
  return packets;
}

test('a connection that never moved is not looked at closely, and sends what it likes', () => {
  const { library, paths } = setUp();
  paths.look();
  library.receive(1);
  paths.look();
  assert.equal(library.statsCount, 0);
  assert.equal(packetsLeft(paths), 100);
  library.active = [];
  assert.equal(paths.isNowhere, false);
});

test('what the library tells of addresses does not pile up', () => {
  const { library, paths } = setUp();
  library.eventsCount = 5;
  paths.look();
  assert.ok(library.eventsCount < 0);
});

test('where the other side has moved to, all may be sent', () => {
  const { paths } = setUpMoved();
  assert.equal(packetsLeft(paths), 100);
});

test('two packets at most are sent where the other side was not heard of last', () => {
  const { library, paths } = setUpMoved();
  library.active = [1];
  paths.look();
  assert.equal(packetsLeft(paths), 2);
  paths.look();
  assert.equal(packetsLeft(paths), 0);
});

test('no more are sent there the next time', () => {
  const { library, paths } = setUpMoved();
  library.active = [1];
  paths.look();
  packetsLeft(paths);
  library.receive(2);
  library.active = [2];
  paths.look();
  assert.equal(packetsLeft(paths), 100);
  library.active = [1];
  paths.look();
  assert.equal(packetsLeft(paths), 0);
});

test('all may be sent to an older address when the other side is heard of there again', () => {
  const { library, paths } = setUpMoved();
  library.active = [1];
  paths.look();
  packetsLeft(paths);
  library.receive(1);
  paths.look();
  assert.equal(packetsLeft(paths), 100);
});

test('of two active addresses the first is the one that counts', () => {
  const { library, paths } = setUpMoved();
  library.active = [1, 2];
  paths.look();
  assert.equal(packetsLeft(paths), 2);
});

test('a connection that has moved is nowhere while the library has no address for it', () => {
  const { library, paths } = setUpMoved();
  assert.equal(paths.isNowhere, false);
  library.active = [];
  assert.equal(paths.isNowhere, true);
});
