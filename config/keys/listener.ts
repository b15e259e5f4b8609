import { connectionsDefault, connectionsMax } from '../../src/wire/limits.ts';
import { since, timeoutBounds } from './definition.ts';

/** Where a listener over TCP listens; it has a default of its own. */
export const listenAddress = {
  format: 'address',
  doc:
    'Address and port to listen on: an IPv4 address, an IPv6 address in brackets or ' +
    '`localhost`; port 0 picks a free one.',
  since,
} as const;

/** How many connections a listener over TCP has open. */
export const maxConnections = {
  format: 'count',
  default: connectionsDefault,
  min: 1,
  max: connectionsMax,
  doc: 'Open connections; one more is closed at once.',
  since,
} as const;

/** How long clients may take nothing of what they are sent. */
export const writeTimeout = {
  format: 'duration',
  default: '30 s',
  ...timeoutBounds,
  doc:
    'Time in which a client must take at least some bytes of a waiting response, else ' +
    'the connection is closed.',
  since,
} as const;

/** Whether a listener over TCP lets a load balancer say who a client is. */
export const proxyProtocol = {
  format: 'flag',
  default: false,
  doc:
    'Connections from the addresses of `load_balancer.trusted` begin with a header of the PROXY ' +
    'protocol, version 1 or 2, in front of TLS, which names the client. Others have none.',
  since,
} as const;
