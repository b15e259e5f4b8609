import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Connection } from '@matrixai/quic/native/types.js';
import { eventually } from '../../tests/support/eventually.ts';
import { makeSelfSigned } from '../security/self-signed.ts';
import { quicConnectionIdBytes, quicLoopbackPayloadBytes } from '../wire/limits.ts';
import { type HostPort, keyOf, type QuicEndpoint } from './endpoint.ts';
import { loadQuic } from './library.ts';
import { type LinkEvents, QuicLink } from './link.ts';
import { QuicConfigs } from './settings.ts';
import { Timers } from './timers.ts';

const host = '127.0.0.1';
const server = { host, port: 1 };
const home = { host, port: 2 };
const abroad = { host, port: 3 };
const settings = { idleTimeoutMs: 0, windowBytes: 100_000, streamsMax: 10, payloadBytes: 1200 };
const LONG_HEADER = 0x80;

/** A server's link and a client of the library, with nothing between them but the test. */
class Pair implements LinkEvents {
  readonly endpoint = {
    local: server,
    links: new Map<string, QuicLink>(),
    timers: new Timers(),
    packet: Buffer.alloc(quicLoopbackPayloadBytes),
    isFull: false,
    touch() {},
    send: (bytes: number) => {
      this.#sent.push(Buffer.from(this.endpoint.packet.subarray(0, bytes)));
    },
  };
  readonly client: Connection;
  readonly connection: Connection;
  readonly link: QuicLink;
  received = '';
  closedFor: string | undefined;
  /** Where the server sees the client. */
  #from = home;
  #sent: Buffer[] = [];

  private constructor(client: Connection, connection: Connection) {
    this.client = client;
    this.connection = connection;
    this.link = new QuicLink(connection, this.endpoint as unknown as QuicEndpoint, this, 0);
  }

  static async connect(): Promise<Pair> {
    const library = await loadQuic();
    const config = new QuicConfigs(library, settings, { identity: await makeSelfSigned() });
    const newId = () => randomBytes(quicConnectionIdBytes);
    const pair = new Pair(
      library.Connection.connect('localhost', newId(), home, server, config.for(host)),
      library.Connection.accept(newId(), undefined, server, home, config.for(host)),
    );
    pair.exchange();
    assert.ok(pair.link.isEstablished && pair.client.isEstablished());
    return pair;
  }

  onEstablished(): void {}

  onReadable(streamId: number): void {
    const target = Buffer.alloc(100);
    const read = this.link.read(streamId, target);
    this.received += target.toString('utf8', 0, read?.bytes);
  }

  onProgress(): void {}

  onClosed(reason: string): void {
    this.closedFor = reason;
  }

  /** From now on the client is at another address; it does not know. */
  move(to: HostPort): void {
    this.#from = to;
  }

  /** Takes the packets that the client has to send. */
  packets(): Buffer[] {
    const packets = [];
    const memory = Buffer.alloc(quicLoopbackPayloadBytes);
    for (let sent = this.client.send(memory); sent !== null; sent = this.client.send(memory)) {
      packets.push(Buffer.from(memory.subarray(0, sent[0])));
    }
    return packets;
  }

  /** A packet of the client that asks for an answer. */
  ask(): Buffer {
    this.client.sendAckEliciting();
    const [packet] = this.packets();
    return packet;
  }

  /** Gives packets to the server, all in one turn. */
  deliver(packets: Buffer[]): void {
    for (const packet of packets) this.#linkOf(packet)?.receive(packet, this.#from);
    this.link.work();
  }

  /** What the server has sent is lost. */
  lose(): void {
    this.#sent = [];
  }

  /** Passes packets on until nobody has anything to say. */
  exchange(): void {
    for (let packets = this.packets(); packets.length + this.#sent.length > 0; ) {
      this.deliver(packets);
      for (const bytes of this.#sent.splice(0)) this.client.recv(bytes, { from: server, to: home });
      packets = this.packets();
    }
  }

  #linkOf(packet: Buffer): QuicLink | undefined {
    if ((packet[0] & LONG_HEADER) !== 0) return this.link;
    return this.endpoint.links.get(keyOf(packet.subarray(1, 1 + quicConnectionIdBytes)));
  }
}

/** The port to which the server sends. */
function activePorts({ connection }: Pair): number[] {
  return connection
    .pathStats()
    .filter(({ active }) => active)
    .map(({ peerHost }) => peerHost.port);
}

function assertSound(pair: Pair): void {
  assert.equal(pair.closedFor, undefined);
  pair.client.streamSend(0, Buffer.from('all is well'), true);
  pair.exchange();
  assert.equal(pair.received, 'all is well');
}

/** A server that goes back to the first address of its client, as the new one does not answer. */
async function connectGivenUp(): Promise<Pair> {
  const pair = await Pair.connect();
  pair.move(abroad);
  pair.deliver([pair.ask()]);
  assert.deepEqual(activePorts(pair), [abroad.port]);
  await eventually('the address is given up', () => {
    pair.lose();
    pair.link.onDue(performance.now());
    pair.link.work();
    return activePorts(pair)[0] === home.port;
  });
  pair.lose();
  return pair;
}

test('two packets at once from an address that was given up do not end a connection', async () => {
  const pair = await connectGivenUp();
  pair.deliver([pair.ask(), pair.ask()]);
  assert.deepEqual(activePorts(pair), [abroad.port]);
  assertSound(pair);
});

test('nor do they when nothing more may be on its way there', async () => {
  const pair = await connectGivenUp();
  const { connection } = pair;
  const send = connection.sendOnPath;
  connection.sendOnPath = () => null;
  pair.deliver([pair.ask(), pair.ask()]);
  connection.sendOnPath = send;
  assertSound(pair);
});

test('a packet that is late for its connection id does not end a connection', async () => {
  const pair = await Pair.connect();
  const late = pair.ask();
  pair.client.retireDestinationCid(0);
  pair.deliver([pair.ask(), late]);
  assertSound(pair);
});
