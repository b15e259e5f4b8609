import type { Dispatcher } from '../../commands/dispatcher.ts';
import type { ExchangePool } from '../../commands/exchange.ts';
import type { Session } from '../../commands/session.ts';
import type { WireGeneration } from '../../wire/generation.ts';
import type { FrameMemory } from '../frame-memory.ts';
import type { TcpConnection } from './connection.ts';
import type { ResponseFraming } from './framing.ts';
import type { OutboxPool } from './outbox.ts';

/** What one connection may take and how long it may take for it. */
export interface ConnectionLimits {
  readonly frameBytesMax: number;
  readonly requestsInFlight: number;
  readonly responseBytesInFlight: number;
  /** A frame that has begun must be complete within this time. */
  readonly frameTimeoutMs: number;
  /** A response must make progress within this time. */
  readonly writeTimeoutMs: number;
}

/** What connections share. */
export interface TcpServices {
  readonly dispatcher: Dispatcher;
  readonly exchanges: ExchangePool;
  readonly frameMemory: FrameMemory;
  readonly limits: ConnectionLimits;
  readonly framing: ResponseFraming;
  readonly outboxes: OutboxPool;
  /** Responses go to the system's sockets as they are, and it can send them from files. */
  sendsFiles(): boolean;
  /** Runs a task when everything that the system has ready was looked at. */
  atTurnEnd(task: () => void): void;
  /** Calls back once when memory or room in the rings came back. */
  waitForRoom(waiter: () => void): void;
  /** The client speaks a generation of the wire that Veltro does not. */
  onForeign(session: Session, generation: WireGeneration): void;
  onDisconnect(session: Session, error: Error): void;
  onClosed(connection: TcpConnection): void;
}
