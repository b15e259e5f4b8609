import type { UserRecord } from '../catalog/state.ts';
import type { TransportKind } from '../wire/classic/structures/client.ts';

/** One client's connection, whatever the transport: who it is and where it comes from. */
export interface Session {
  /** Unique among the connections that are open, never 0. */
  readonly clientId: number;
  /** `ip:port`, IPv6 in brackets. */
  readonly address: string;
  readonly transport: TransportKind;
  /** Null until a login; the user may have been deleted since, see `Access.isOrphan`. */
  user: UserRecord | null;
  /** When the last ping came, or the connection; milliseconds of a clock that never goes back. */
  lastHeartbeatMs: number;
  /** The client knows what Veltro offers beyond the protocol. */
  knowsExtensions: boolean;
  /** Turned away for want of pings: no longer a client, though its connection is still open. */
  isStale: boolean;
}
