import type { Socket } from 'node:net';
import type { TransportKind } from '../../wire/classic/structures/client.ts';
import type { FrameMemory } from '../frame-memory.ts';
import type { TcpConnection } from './connection.ts';
import { plainFraming, type ResponseFraming } from './framing.ts';
import type { ByteInput } from './receive.ts';

/** Gets a connection on which requests may begin, and what to say first on it. */
export type Opened = (socket: Socket, greeting: Buffer | undefined) => void;

/** What clients of a listener speak around requests and responses. */
export interface StreamProtocol {
  readonly transport: TransportKind;
  readonly framing: ResponseFraming;
  /** Connections that have not come to their first request. */
  readonly waitingCount: number;
  /** Brings a connection, which is paused, to where requests may begin, or ends it. */
  open(socket: Socket, opened: Opened): void;
  /** What takes the bytes of a connection. */
  inputOf(connection: TcpConnection, scratch: Buffer, memory: FrameMemory): ByteInput;
  /** Ends all connections that have not come to their first request. */
  destroy(): void;
}

/** Requests begin at once and follow each other. */
export const plainProtocol: StreamProtocol = {
  transport: 'tcp',
  framing: plainFraming,
  waitingCount: 0,
  open: (socket, opened) => opened(socket, undefined),
  inputOf: (connection) => connection,
  destroy() {},
};
