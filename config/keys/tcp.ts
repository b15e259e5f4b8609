import {
  frameBytesDefault,
  frameBytesMax,
  frameBytesMin,
  requestsInFlightDefault,
  requestsInFlightMax,
  responseBytesInFlightDefault,
  responseBytesInFlightMax,
  responseBytesInFlightMin,
} from '../../src/wire/limits.ts';
import { printByteSize } from '../byte-size.ts';
import { type KeyDefinition, since, timeoutBounds } from './definition.ts';
import { listenAddress, maxConnections, proxyProtocol, writeTimeout } from './listener.ts';

/** Keys of `tcp`: the listener and its limits. */
export const tcpKeys = [
  {
    key: 'tcp.enabled',
    field: 'tcp.enabled',
    format: 'flag',
    default: true,
    doc: 'Listen for the binary protocol over TCP.',
    since,
    flag: '--tcp off',
  },
  {
    key: 'tcp.address',
    field: 'tcp.address',
    ...listenAddress,
    default: '127.0.0.1:8090',
    flag: '--tcp',
  },
  {
    key: 'tcp.max_connections',
    field: 'tcp.maxConnections',
    ...maxConnections,
  },
  {
    key: 'tcp.max_frame_size',
    field: 'tcp.maxFrameBytes',
    format: 'byte-size',
    default: printByteSize(frameBytesDefault),
    min: frameBytesMin,
    max: frameBytesMax,
    doc: 'Bytes of one request; the smallest value still takes the largest message.',
    since,
  },
  {
    key: 'tcp.max_requests_in_flight',
    field: 'tcp.maxRequestsInFlight',
    format: 'count',
    default: requestsInFlightDefault,
    min: 1,
    max: requestsInFlightMax,
    doc: 'Requests of one connection that may be worked on at once; further ones wait unread.',
    since,
  },
  {
    key: 'tcp.max_response_bytes_in_flight',
    field: 'tcp.maxResponseBytesInFlight',
    format: 'byte-size',
    default: printByteSize(responseBytesInFlightDefault),
    min: responseBytesInFlightMin,
    max: responseBytesInFlightMax,
    doc:
      'Bytes of responses that may wait for one connection; requests are no longer read ' +
      'until they went out.',
    since,
  },
  {
    key: 'tcp.frame_timeout',
    field: 'tcp.frameTimeoutMs',
    format: 'duration',
    default: '30 s',
    ...timeoutBounds,
    doc: 'Time in which a request that has begun must be complete, else the connection is closed.',
    since,
  },
  {
    key: 'tcp.write_timeout',
    field: 'tcp.writeTimeoutMs',
    ...writeTimeout,
  },
  {
    key: 'tcp.proxy_protocol',
    field: 'tcp.proxyProtocol',
    ...proxyProtocol,
  },
  {
    key: 'tcp.receive',
    field: 'tcp.receive',
    format: 'choice',
    choices: ['auto', 'copy'],
    default: 'auto',
    doc:
      'How requests come in: `auto` receives large ones straight into shared memory where ' +
      'a check at the start shows that this works, `copy` always copies them.',
    since,
  },
  {
    key: 'tcp.send_files',
    field: 'tcp.sendsFiles',
    format: 'flag',
    default: true,
    doc:
      'Large polls are sent by the system from the files of their messages, past the memory of ' +
      'the broker, where it has them in its own and the connection is plain (Linux 6.5 and newer).',
    since,
  },
  {
    key: 'tcp.socket.nodelay',
    field: 'tcp.socket.nodelay',
    format: 'flag',
    default: true,
    doc: 'Send small responses at once (TCP_NODELAY).',
    since,
  },
] as const satisfies readonly KeyDefinition[];
