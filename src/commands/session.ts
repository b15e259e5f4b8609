import type { UserRecord } from '../catalog/state.ts';
import type { TransportKind } from '../wire/classic/structures/client.ts';
import type { LiveReading } from './live-reading.ts';

/** One client, whatever the transport: who it is and where it comes from. */
export interface Session {
  /** Unique among the connections that are open; 0 for a caller that is not one of the clients. */
  readonly clientId: number;
  /** `ip:port`, IPv6 in brackets. */
  readonly address: string;
  readonly transport: TransportKind;
  /** Null until a login; the user may have been deleted since, see `Access.isOrphan`. */
  user: UserRecord | null;
  /** When the last ping came, or the connection; milliseconds of a clock that never goes back. */
  lastHeartbeatMs: number;
  /** False once the client has gone or was turned away: what it asked for need not be done. */
  isOpen: boolean;
  /** The client knows what Veltro offers beyond the protocol. */
  knowsExtensions: boolean;
  /** Turned away for want of pings: no longer a client, though its connection is still open. */
  isStale: boolean;
  /** Set for a live subscription: all its polls wait, and each gives little at a time. */
  live: LiveReading | undefined;
}

/** The session of a caller that comes without a connection of its own, for one request. */
export function sessionOfCaller(
  address: string,
  transport: TransportKind,
  user: UserRecord | null,
): Session {
  return {
    clientId: 0,
    address,
    transport,
    user,
    lastHeartbeatMs: 0,
    isOpen: true,
    knowsExtensions: true,
    isStale: false,
    live: undefined,
  };
}
