import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { acceptKeySuffix, closeFrame, opcode, smallFrame } from '../wire/websocket-frames.ts';
import { connect } from './client.ts';

const OK = Buffer.alloc(8);

/** A server that answers the first request of a connection by hand. */
async function serve(onRequest: (socket: Socket, head: string) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (head: Buffer) => onRequest(socket, head.toString('latin1')));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `iggy+ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, [Symbol.dispose]: () => void server.close() };
}

function acceptance(head: string): string {
  const key = /sec-websocket-key: (\S+)/i.exec(head)![1];
  const accept = createHash('sha1').update(`${key}${acceptKeySuffix}`).digest('base64');
  return (
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
    `sec-websocket-accept: ${accept}\r\n\r\n`
  );
}

test('who does not become a WebSocket is told so', async () => {
  const rows: [(head: string) => string, RegExp][] = [
    [() => 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n', /answered with "HTTP\/1\.1 404/],
    [(head) => acceptance(head).replace('accept: ', 'accept: x'), /answered to another request/],
    [() => `HTTP/1.1 101 ${'x'.repeat(20_000)}`, /does not speak HTTP/],
    [() => 'no such thing', /closed the connection/],
  ];
  for (const [answer, message] of rows) {
    using server = await serve((socket, head) => socket.end(answer(head)));
    await assert.rejects(connect(server.url), { code: 9, message });
  }
});

test('answers arrive however they are cut, with text and pings between them', async () => {
  const [first, second] = [smallFrame(opcode.binary, OK.subarray(0, 5)), OK.subarray(5)];
  first[0] = opcode.binary;
  const last = smallFrame(opcode.continuation, second);
  const text = smallFrame(opcode.text, Buffer.from('not an answer'));
  const asked = smallFrame(opcode.ping, Buffer.from('there?'));
  const bytes = Buffer.concat([text, first, asked, smallFrame(opcode.continuation, OK), last]);
  bytes[text.byteLength + first.byteLength + asked.byteLength] = opcode.continuation;
  const received: Buffer[] = [];
  using server = await serve(async (socket, head) => {
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.write(acceptance(head));
    await once(socket, 'data');
    // 16 bytes of answer: two requests are answered.
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  await using client = await connect(server.url, { reconnect: { enabled: false } });
  await Promise.all([client.ping(), client.ping()]);
  // The answer to the ping of the server may come later.
  while (!Buffer.concat(received).includes('there?')) await sleep(1);
});

test('who breaks the rules, or closes, ends the connection with a reason', async () => {
  const masked = Buffer.from([0x82, 0x88, 0, 0, 0, 0, ...OK]);
  const rows: [Buffer, RegExp][] = [
    [masked, /broke the rules of WebSocket/],
    [Buffer.concat([Buffer.from([0xc2, 8]), OK]), /broke the rules of WebSocket/],
    [closeFrame(1008, 'enough'), /closed with 1008: enough/],
  ];
  for (const [bytes, message] of rows) {
    using server = await serve((socket, head) => {
      socket.write(acceptance(head));
      socket.once('data', () => socket.end(bytes));
    });
    const client = await connect(server.url, { reconnect: { enabled: false } });
    await assert.rejects(client.ping(), (error: Error) => {
      assert.match(`${error.message} ${(error.cause as Error | undefined)?.message}`, message);
      return true;
    });
  }
});
