import {
  webSocketMessageBytesDefault,
  webSocketMessageBytesMax,
  webSocketMessageBytesMin,
} from '../../src/wire/limits.ts';
import { printByteSize } from '../byte-size.ts';
import { type KeyDefinition, since } from './definition.ts';
import { listenAddress, maxConnections, proxyProtocol } from './listener.ts';

const messageSize = {
  format: 'byte-size',
  default: printByteSize(webSocketMessageBytesDefault),
  min: webSocketMessageBytesMin,
  max: webSocketMessageBytesMax,
  since,
} as const;

/** Keys of `websocket`: the listener and its limits. */
export const webSocketKeys = [
  {
    key: 'websocket.enabled',
    field: 'websocket.enabled',
    format: 'flag',
    default: true,
    doc:
      'Listen for the binary protocol over WebSocket. What `tcp` says of requests, responses, ' +
      'times and sockets holds here as well.',
    since,
    flag: '--websocket off',
  },
  {
    key: 'websocket.address',
    field: 'websocket.address',
    ...listenAddress,
    default: '127.0.0.1:8092',
    flag: '--websocket',
  },
  {
    key: 'websocket.max_connections',
    field: 'websocket.maxConnections',
    ...maxConnections,
  },
  {
    key: 'websocket.max_message_size',
    field: 'websocket.maxMessageBytes',
    ...messageSize,
    doc:
      'Bytes of one message of a client, which may be several requests or a part of one; a larger ' +
      'one ends the connection with 1009.',
  },
  {
    key: 'websocket.max_frame_size',
    field: 'websocket.maxFrameBytes',
    ...messageSize,
    doc: 'The same for one frame of a message.',
  },
  {
    key: 'websocket.accept_unmasked_frames',
    field: 'websocket.acceptsUnmasked',
    format: 'flag',
    default: false,
    doc: 'Take frames that are not masked, though RFC 6455 demands it; browsers mask all.',
    since,
  },
  {
    key: 'websocket.proxy_protocol',
    field: 'websocket.proxyProtocol',
    ...proxyProtocol,
  },
] as const satisfies readonly KeyDefinition[];
