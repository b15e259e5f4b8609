import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { codecsByCode } from '../../src/wire/classic/commands.ts';
import { encodeError, encodeResponse } from '../../src/wire/classic/frame.ts';
import { requestHeaderBytes } from '../../src/wire/limits.ts';
import { Reader } from '../../src/wire/reader.ts';
import { status } from '../../src/wire/status.ts';
import { FakeGroup } from './fake-group.ts';
import { FakeTopic } from './fake-topic.ts';

/** One connection of the fake broker. */
export interface FakeConnection {
  readonly id: number;
  readonly socket: Socket;
  isLoggedIn: boolean;
}

/** What a handler wants: an answer, a status, nothing at all, or the connection gone. */
export type Reaction =
  | { readonly response: unknown }
  | { readonly status: number }
  | 'silence'
  | 'drop';
type Handler = (request: never, connection: FakeConnection) => Reaction | Promise<Reaction>;

/** A request that arrived. */
export interface Arrival {
  readonly command: string;
  readonly request: unknown;
  readonly connectionId: number;
}

const ok: Reaction = { response: undefined };
const openCommands: ReadonlySet<string> = new Set(['ping', 'user.login']);

/** Speaks the protocol on a loopback port, holds one topic, and misbehaves on request. */
export class FakeBroker implements AsyncDisposable {
  readonly topic: FakeTopic;
  readonly group = new FakeGroup();
  readonly arrivals: Arrival[] = [];
  readonly connections = new Set<FakeConnection>();
  /** Bytes of one write of an answer; everything at once by default. */
  answerPieceBytes = Number.POSITIVE_INFINITY;
  readonly #handlers = new Map<string, Handler>();
  readonly #server: Server;
  #connectionsCount = 0;
  #port = 0;

  private constructor(partitionsCount: number) {
    this.topic = new FakeTopic(partitionsCount);
    this.#server = createServer((socket) => this.#accept(socket));
    this.on('ping', () => ok);
    this.on('user.login', (request: { password: string }, connection) => {
      connection.isLoggedIn = request.password === 'iggy';
      return connection.isLoggedIn
        ? { response: { userId: 0 } }
        : { status: status.InvalidCredentials };
    });
    for (const [command, handler] of this.topic.handlers()) this.#handlers.set(command, handler);
    for (const [command, handler] of this.group.handlers()) this.#handlers.set(command, handler);
    for (const command of ['message.poll', 'consumer_offset.store']) {
      this.#handlers.set(command, this.group.guard(this.#handlers.get(command)!));
    }
  }

  static async start(partitionsCount = 1, port = 0): Promise<FakeBroker> {
    const broker = new FakeBroker(partitionsCount);
    await new Promise<void>((resolve) => broker.#server.listen(port, '127.0.0.1', resolve));
    broker.#port = (broker.#server.address() as AddressInfo).port;
    return broker;
  }

  /** Where it listens, or did. */
  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `iggy://iggy:iggy@127.0.0.1:${this.port}?reconnectDelayMs=1`;
  }

  /** Replaces the handler of a command. */
  on<Request>(
    command: string,
    handler: (request: Request, connection: FakeConnection) => Reaction | Promise<Reaction>,
  ): void {
    this.#handlers.set(command, handler as Handler);
  }

  /** Lets the present handler of a command be preceded by one reaction. */
  once(command: string, reaction: Reaction): void {
    const handler = this.#handlers.get(command);
    this.on(command, () => {
      if (handler !== undefined) this.#handlers.set(command, handler);
      return reaction;
    });
  }

  /** Requests of one command, oldest first. */
  requests<Request>(command: string): Request[] {
    const arrivals = this.arrivals.filter((arrival) => arrival.command === command);
    return arrivals.map(({ request }) => request as Request);
  }

  dropConnections(): void {
    for (const { socket } of this.connections) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.dropConnections();
    await closed;
  }

  #accept(socket: Socket): void {
    const connection = { id: this.#connectionsCount, socket, isLoggedIn: false };
    this.#connectionsCount += 1;
    this.connections.add(connection);
    socket.on('close', () => this.connections.delete(connection));
    socket.on('error', () => socket.destroy());
    let received = Buffer.alloc(0);
    let answered = Promise.resolve();
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= 4 && received.length >= 4 + received.readUInt32LE(0)) {
        const frame = received.subarray(0, 4 + received.readUInt32LE(0));
        received = received.subarray(frame.length);
        answered = answered.then(() => this.#answer(frame, connection));
      }
    });
  }

  async #answer(frame: Buffer, connection: FakeConnection): Promise<void> {
    if (connection.socket.destroyed) return;
    const codec = codecsByCode.get(frame.readUInt32LE(4));
    if (codec === undefined) return this.#write(connection, encodeError(status.InvalidCommand));
    const request = codec.readRequest(new Reader(frame, requestHeaderBytes));
    this.arrivals.push({ command: codec.name, request, connectionId: connection.id });
    if (!connection.isLoggedIn && !openCommands.has(codec.name)) {
      return this.#write(connection, encodeError(status.Unauthenticated));
    }
    const handler = this.#handlers.get(codec.name);
    const reaction = (await handler?.(request as never, connection)) ?? { status: status.Error };
    if (reaction === 'silence') return;
    if (reaction === 'drop') {
      connection.socket.destroy();
    } else if ('status' in reaction) {
      this.#write(connection, encodeError(reaction.status));
    } else {
      this.#write(connection, encodeResponse(codec, reaction.response));
    }
  }

  #write({ socket }: FakeConnection, frame: Buffer): void {
    for (let start = 0; start < frame.length; start += this.answerPieceBytes) {
      socket.write(frame.subarray(start, start + this.answerPieceBytes));
    }
  }
}
