import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { getMe } from '../../src/wire/classic/commands/get-me.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { Reader } from '../../src/wire/reader.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { RawClient, rootLogin } from '../support/raw-client.ts';

const login = Buffer.from(encodeRequest(loginUser, rootLogin));
const me = Buffer.from(encodeRequest(getMe, undefined));
const text = Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.10 8010 8090\r\n');
const binary = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000201c633640a1f4a1f9a', 'hex');
const itself = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');
const client = '192.0.2.1:8010';

const on = { 'tcp.proxy_protocol': true } as const;

function open({ addresses }: TestBroker): Socket {
  const port = Number(addresses.tcp!.split(':').at(-1));
  return createConnection({ host: '127.0.0.1', port }).on('error', () => {});
}

async function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
}

/** The address that the broker shows for a client that is logged in. */
async function shown(raw: RawClient): Promise<string> {
  const { status, payload } = await raw.exchange(me);
  assert.equal(status, 0);
  return getMe.readResponse(new Reader(payload)).address;
}

async function shownFor(broker: TestBroker, ...pieces: Buffer[]): Promise<string> {
  const socket = open(broker);
  await once(socket, 'connect');
  await using raw = RawClient.over(socket);
  for (const piece of pieces) {
    await write(socket, piece);
    await turn();
  }
  assert.equal((await raw.next()).status, 0);
  return await shown(raw);
}

async function assertClosed(broker: TestBroker, ...pieces: Buffer[]): Promise<void> {
  const socket = open(broker);
  for (const piece of pieces) await write(socket, piece);
  await once(socket.resume(), 'close');
}

for (const receive of ['auto', 'copy'] as const) {
  describe(`With the PROXY protocol and receive = ${receive}`, () => {
    it('a trusted balancer names the client, whatever pieces arrive', async () => {
      await using broker = await startBroker({ settings: { ...on, 'tcp.receive': receive } });
      for (const header of [text, binary]) {
        const all = Buffer.concat([header, login]);
        assert.equal(await shownFor(broker, all), client);
        assert.equal(await shownFor(broker, header, login), client);
        assert.equal(await shownFor(broker, all.subarray(0, 20), all.subarray(20)), client);
        assert.equal(
          await shownFor(broker, all.subarray(0, all.length - 5), all.subarray(-5)),
          client,
        );
        assert.equal(await shownFor(broker, ...[...all].map((byte) => Buffer.of(byte))), client);
      }
      assert.match(await shownFor(broker, itself, login), /^127\.0\.0\.1:\d+$/);
      await eventually('all are gone', () => broker.statistics.connectionsCount === 0);
    });

    it('large requests come through whole', async () => {
      await using broker = await startBroker({ settings: { ...on, 'tcp.receive': receive } });
      const socket = open(broker);
      await using raw = RawClient.over(socket);
      const send = Buffer.from(
        encodeRequest(sendMessages, {
          streamId: 'missing',
          topicId: 'missing',
          partitioning: { kind: 'balanced' },
          messages: Array.from({ length: 300 }, (_, i) => ({
            originTimestamp: 0n,
            payload: Buffer.alloc(1000, i),
          })),
        }),
      );
      await write(socket, Buffer.concat([binary, login, send, me]));
      const statuses = (await raw.take(3)).map(({ status }) => status);
      assert.deepEqual([statuses[0], statuses[2]], [0, 0]);
      assert.equal(await shown(raw), client);
    });
  });
}

describe('The PROXY protocol', () => {
  it('comes in front of TLS', async () => {
    await using broker = await startBroker({ settings: { ...on, 'tcp.tls.enabled': true } });
    const plain = open(broker);
    await write(plain, binary);
    const socket = connectTls({ socket: plain, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    await using raw = RawClient.over(socket);
    assert.equal((await raw.exchange(login)).status, 0);
    assert.equal(await shown(raw), client);
  });

  it('is demanded of trusted balancers', async () => {
    await using broker = await startBroker({ settings: on });
    await assertClosed(broker, login);
    await assertClosed(broker, Buffer.from('PROXY TCP4 nonsense\r\n'));
    const half = open(broker);
    await write(half, text.subarray(0, 10));
    half.end();
    await once(half.resume(), 'close');
    assert.equal(await shownFor(broker, Buffer.concat([text, login])), client);
  });

  it('ends connections at a stop whose header is not complete', async () => {
    const broker = await startBroker({ settings: on });
    const socket = open(broker);
    await write(socket, text.subarray(0, 10));
    const closed = new Promise((resolve) => socket.resume().on('close', resolve));
    await Promise.all([broker[Symbol.asyncDispose](), closed]);
  });

  it('counts connections whose header is not complete', async () => {
    await using broker = await startBroker({ settings: { ...on, 'tcp.max_connections': 1 } });
    const first = open(broker);
    await write(first, text.subarray(0, 10));
    await assertClosed(broker);
    first.destroy();
    await eventually('its place is free', async () => {
      const socket = open(broker);
      await write(socket, Buffer.concat([text, login]));
      const [outcome] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
      socket.destroy();
      return Buffer.isBuffer(outcome);
    });
  });

  it('is not believed of others, and not read when it is off', async () => {
    const elsewhere = { ...on, 'load_balancer.trusted': '10.0.0.0/8' };
    for (const settings of [elsewhere, {}]) {
      await using broker = await startBroker({ settings });
      assert.match(await shownFor(broker, login), /^127\.0\.0\.1:\d+$/);
      await assertClosed(broker, text, login);
    }
  });
});
