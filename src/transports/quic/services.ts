import type { Dispatcher } from '../../commands/dispatcher.ts';
import type { ExchangePool } from '../../commands/exchange.ts';
import type { Session } from '../../commands/session.ts';
import type { FrameMemory } from '../frame-memory.ts';
import type { ConnectionLimits } from '../tcp/services.ts';
import type { QuicConnection } from './connection.ts';

/** What connections share. */
export interface QuicServices {
  readonly dispatcher: Dispatcher;
  readonly exchanges: ExchangePool;
  readonly frameMemory: FrameMemory;
  readonly limits: QuicLimits;
  /** Memory that one stream at a time reads small requests into. */
  readonly scratch: Buffer;
  /** Calls back once when memory or room in the rings came back. */
  waitForRoom(waiter: () => void): void;
  openSession(address: string): Session;
  onClosed(connection: QuicConnection, reason: string): void;
}

/** What one connection may take and how long it may take for it. */
export interface QuicLimits
  extends Pick<
    ConnectionLimits,
    'frameBytesMax' | 'responseBytesInFlight' | 'frameTimeoutMs' | 'writeTimeoutMs'
  > {
  readonly streamsMax: number;
}
