import { Client } from './broker-client.ts';
import { resolveOptions } from './connect-options.ts';
import { openConnectionOf } from './open-connection.ts';
import { Session } from './session.ts';
import type { ConnectOptions } from './types.ts';

export { Client };

/**
 * Connects to `iggy://user:password@host:port`, `iggy://token@host:port` or `host:port` (8090 by
 * default) and logs in when it is told as whom; `iggy+quic://` connects over QUIC (8080 by
 * default), `iggy+http://` over HTTP (3000), where nobody can be a member of a group, `iggy+ws://`
 * and with TLS `iggy+wss://` over WebSocket (8092). Options may stand in the query as well:
 * `connectTimeoutMs`, `requestTimeoutMs`, `requestsMax`, `heartbeatIntervalMs`, `noDelay`,
 * `reconnect`, `reconnectAttemptsMax`, `reconnectDelayMs`, `reconnectDelayMsMax`, `tls`,
 * `tlsCaFile`, `tlsServerName`, `tlsCertFile`, `tlsKeyFile`, `tlsVerify`. One attempt; rejects with
 * status 8000 or 2 for what is malformed, 9 when nobody answers or is not to be trusted, 42 for a
 * wrong name or password, 20 or 54 for a token that is unknown or has expired.
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<Client> {
  const resolved = resolveOptions(url, options);
  const session = new Session(resolved, openConnectionOf(resolved));
  await session.open(options.signal);
  return new Client(session);
}
