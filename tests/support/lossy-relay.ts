import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { HostPort } from '../../src/quic/endpoint.ts';
import { peerOf } from './quic-client.ts';

/** What a relay does to packets; shares of 0 to 1. */
export interface Weather {
  readonly lost: number;
  readonly late: number;
  readonly doubled: number;
  /** A number from 0 to 1, the same again for the same test. */
  readonly random: () => number;
}

const LATE_MS = 15;

/** Passes UDP packets on between clients and a broker, and loses, delays and doubles some. */
export class LossyRelay implements AsyncDisposable {
  readonly #front: Socket;
  readonly #weather: Weather;
  /** A socket to the broker for each client. */
  readonly #backs = new Map<string, Socket>();
  #isClosed = false;
  lostCount = 0;
  passedCount = 0;

  private constructor(front: Socket, broker: HostPort, weather: Weather) {
    this.#front = front;
    this.#weather = weather;
    front.on('message', (bytes, from) => {
      const back = this.#backOf({ host: from.address, port: from.port });
      this.#pass(() => back.send(bytes, broker.port, broker.host));
    });
  }

  static async start(brokerAddress: string, weather: Weather): Promise<LossyRelay> {
    const front = createSocket('udp4');
    front.bind(0, '127.0.0.1');
    await once(front, 'listening');
    return new LossyRelay(front, peerOf(brokerAddress), weather);
  }

  get address(): string {
    return `127.0.0.1:${this.#front.address().port}`;
  }

  /** From now on the broker sees all clients at other addresses. */
  moveClients(): void {
    for (const back of this.#backs.values()) back.close();
    this.#backs.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.moveClients();
    this.#front.close();
  }

  #backOf(client: HostPort): Socket {
    const key = `${client.host}:${client.port}`;
    const known = this.#backs.get(key);
    if (known !== undefined) return known;
    const back = createSocket('udp4');
    back.on('message', (bytes) => {
      this.#pass(() => this.#front.send(bytes, client.port, client.host));
    });
    // A broker that has stopped.
    back.on('error', () => {});
    back.bind(0, '127.0.0.1');
    this.#backs.set(key, back);
    return back;
  }

  #pass(send: () => void): void {
    const { lost, late, doubled, random } = this.#weather;
    if (random() < lost) {
      this.lostCount++;
      return;
    }
    this.passedCount++;
    const guarded = () => {
      try {
        if (!this.#isClosed) send();
      } catch {
        // The client has moved meanwhile.
      }
    };
    if (random() < doubled) guarded();
    if (random() < late) setTimeout(guarded, random() * LATE_MS);
    else guarded();
  }
}
