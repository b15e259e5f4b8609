import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ExchangePool } from '../../commands/exchange.ts';
import type { Session } from '../../commands/session.ts';
import { pollMessages } from '../../wire/classic/commands/poll-messages.ts';
import { TcpConnection } from './connection.ts';
import { plainFraming } from './framing.ts';
import type { TcpServices } from './services.ts';

const request = Buffer.alloc(9);
request.writeUInt32LE(5, 0);
request.writeUInt32LE(pollMessages.code, 4);

/** A connection to shards that have room whenever `hasRoom` says so. */
function connectionTo(hasRoom: () => boolean) {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, taken) => taken() });
  const waiters: (() => void)[] = [];
  let started = 0;
  const services = {
    dispatcher: {
      isSendMessages: () => false,
      mayOverlap: () => true,
      hasRoom,
      dispatch: () => started++,
    },
    exchanges: new ExchangePool(() => {}),
    frameMemory: {},
    limits: { requestsInFlight: 10, responseBytesInFlight: 1000, frameBytesMax: 1000 },
    framing: plainFraming,
    waitForRoom: (waiter: () => void) => waiters.push(waiter),
  } as unknown as TcpServices;
  const session = { user: 1 } as unknown as Session;
  const connection = new TcpConnection(socket as Socket, session, services);
  const startedCount = () => started;
  return { connection, waiters, startedCount };
}

test('a request that finds no room goes on when it is called back', () => {
  let isFull = true;
  const { connection, waiters, startedCount } = connectionTo(() => !isFull);
  assert.equal(connection.onBytes(request, request.byteLength), false);
  assert.equal(startedCount(), 0);
  isFull = false;
  for (const waiter of waiters) waiter();
  assert.equal(startedCount(), 1);
});

test('a request goes on when a shard makes room between two looks', async () => {
  // Another thread takes requests out of the ring between two looks of the connection.
  const looks = [false];
  const { connection, waiters, startedCount } = connectionTo(() => looks.shift() ?? true);
  assert.equal(connection.onBytes(request, request.byteLength), false);
  assert.deepEqual(waiters, []);
  await nextTurn();
  assert.equal(startedCount(), 1);
});
