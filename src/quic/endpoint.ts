import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import {
  quicConnectionIdBytes,
  quicLoopbackPayloadBytes,
  quicPacketsQueuedMax,
} from '../wire/limits.ts';
import type { QuicLink } from './link.ts';
import { Timers } from './timers.ts';

/** An address as the library has it. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Where an endpoint is bound, and what the system should keep for it. */
export interface EndpointOptions {
  readonly host: string;
  readonly port: number;
  readonly receiveBufferBytes: number;
  readonly sendBufferBytes: number;
  /** A socket with one peer alone; it hears when nobody listens there. */
  readonly peer?: HostPort;
}

/** What an endpoint tells its owner. */
export interface EndpointEvents {
  /** A packet of a handshake, or of none; all others have gone to their links. */
  onHandshake(bytes: Buffer, from: HostPort): void;
  /** The socket cannot go on. */
  onError(error: Error): void;
}

/** Packets are sent again after so long when the system has no room for more. */
const FULL_MS = 1;
/** The bit that packets of a handshake have in their first byte, and others have not. */
const LONG_HEADER = 0x80;
/** Where a packet without that bit names its connection. */
const ID_START = 1;

/** The key of a connection id in `QuicEndpoint.links`. */
export function keyOf(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1');
}

/**
 * One UDP socket and the connections over it. What packets, timers and answers bring is worked on
 * once at the end of a turn of the event loop, connection by connection.
 */
export class QuicEndpoint {
  readonly timers = new Timers();
  /** Connections by what the other side calls them, see `keyOf`. */
  readonly links = new Map<string, QuicLink>();
  /** The address that the socket is bound to. */
  readonly local: HostPort;
  readonly #socket: Socket;
  readonly #events: EndpointEvents;
  readonly #hasPeer: boolean;
  #touched = new Set<QuicLink>();
  #isTurnDue = false;
  #isClosed = false;
  #packet = Buffer.allocUnsafeSlow(quicLoopbackPayloadBytes);

  private constructor(socket: Socket, events: EndpointEvents, hasPeer: boolean) {
    this.#socket = socket;
    this.#hasPeer = hasPeer;
    const { address, port } = socket.address();
    this.local = { host: address, port };
    socket.on('message', (bytes, from) => this.#onPacket(bytes, from));
    socket.on('error', (error) => events.onError(error));
    this.#events = events;
  }

  /** Binds; rejects with the error of the system. */
  static async open(options: EndpointOptions, events: EndpointEvents): Promise<QuicEndpoint> {
    const { host, port, peer } = options;
    const type = isIPv6(peer?.host ?? host) ? 'udp6' : 'udp4';
    // Addresses are given as numbers; the look-up that Node.js makes all the same is spared.
    const lookup = (address: string, _: unknown, done: LookupDone) =>
      done(null, address, type === 'udp6' ? 6 : 4);
    const socket = createSocket({ type, lookup: lookup as never });
    try {
      await settled(socket, 'listening', () => socket.bind({ port, address: host }));
      sizeBuffers(socket, options);
      if (peer !== undefined) {
        await settled(socket, 'connect', () => socket.connect(peer.port, peer.host));
      }
    } catch (error) {
      socket.close();
      throw error;
    }
    return new QuicEndpoint(socket, events, peer !== undefined);
  }

  /** The link is worked on at the end of this turn of the event loop. */
  touch(link: QuicLink): void {
    if (this.#isClosed) return;
    this.#touched.add(link);
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    setImmediate(() => this.#turn());
  }

  /** Memory for one packet, until the next call of `send`. */
  get packet(): Buffer {
    return this.#packet;
  }

  /** True while the system takes no more packets; the link is to be touched again later. */
  get isFull(): boolean {
    return this.#socket.getSendQueueCount() >= quicPacketsQueuedMax;
  }

  /** Sends the first so many bytes of `packet`. */
  send(bytes: number, to: HostPort): void {
    if (this.#isClosed) return;
    if (this.#hasPeer) this.#socket.send(this.#packet, 0, bytes);
    else this.#socket.send(this.#packet, 0, bytes, to.port, to.host);
    // The system took it at once, or the socket still needs the memory.
    if (this.#socket.getSendQueueCount() > 0) {
      this.#packet = Buffer.allocUnsafeSlow(quicLoopbackPayloadBytes);
    }
  }

  /** The link is worked on when the system may have room for packets again. */
  touchLater(link: QuicLink): void {
    setTimeout(() => this.touch(link), FULL_MS);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.timers.clear();
    this.#touched.clear();
    this.#socket.close();
  }

  #onPacket(bytes: Buffer, { address: host, port }: RemoteInfo): void {
    if (this.#isClosed) return;
    const from = { host, port };
    if ((bytes[0] & LONG_HEADER) !== 0) return this.#events.onHandshake(bytes, from);
    const key = bytes.toString('latin1', ID_START, ID_START + quicConnectionIdBytes);
    this.links.get(key)?.receive(bytes, from);
  }

  #turn(): void {
    this.#isTurnDue = false;
    const touched = this.#touched;
    this.#touched = new Set();
    for (const link of touched) if (!this.#isClosed) link.work();
  }
}

type LookupDone = (error: null, address: string, family: number) => void;

/** The system may allow less than what is wanted, or nothing: it then goes on with what it has. */
function sizeBuffers(socket: Socket, { receiveBufferBytes, sendBufferBytes }: EndpointOptions) {
  try {
    socket.setRecvBufferSize(receiveBufferBytes);
    socket.setSendBufferSize(sendBufferBytes);
  } catch {}
}

function settled(socket: Socket, event: string, begin: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once(event, () => {
      socket.off('error', reject);
      resolve();
    });
    begin();
  });
}
