import { status } from '../../wire/status.ts';
import { Client } from '../broker-client.ts';
import { type ResolvedOptions, resolveOptions } from '../connect-options.ts';
import { VeltroError } from '../errors.ts';
import { OrderedConnection } from '../ordered-connection.ts';
import { Session } from '../session.ts';
import type { ConnectOptions } from '../types.ts';
import { type BrowserSocket, webSocketTransport } from './websocket-transport.ts';

// Browsers have it, and the oldest Node.js has not.
declare const WebSocket: new (url: string) => BrowserSocket;

/**
 * Connects to `iggy+ws://user:password@host:port`, or `iggy+wss://` with TLS (8092 by default), as
 * `connect` of the package does. Certificates are the business of the browser: options that name
 * files or switch checks off are refused with status 2.
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<Client> {
  const resolved = resolveOptions(url, options);
  const target = targetOf(resolved);
  const open = OrderedConnection.over(webSocketTransport(() => new WebSocket(target)));
  const session = new Session(resolved, open);
  await session.open(options.signal);
  return new Client(session);
}

function targetOf({ transport, host, port, tls }: ResolvedOptions): string {
  if (transport !== 'ws') throw refused('a browser connects over iggy+ws:// or iggy+wss://');
  const given = Object.entries(tls ?? {}).filter(([, value]) => value !== undefined);
  if (given.length > 0) throw refused(`a browser decides itself about tls.${given[0][0]}`);
  const name = host.includes(':') ? `[${host}]` : host;
  return `${tls === null ? 'ws' : 'wss'}://${name}:${port}/`;
}

function refused(reason: string): VeltroError {
  return new VeltroError(status.InvalidConfiguration, `Not possible here: ${reason}.`);
}
