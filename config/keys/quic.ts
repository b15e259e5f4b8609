import {
  connectionsMax,
  quicConnectionsDefault,
  quicLoopbackPayloadBytes,
  quicPayloadBytesMin,
  quicSocketBufferBytesDefault,
  quicSocketBufferBytesMax,
  quicSocketBufferBytesMin,
  quicStreamsMax,
  quicWindowBytesDefault,
  quicWindowBytesMax,
  quicWindowBytesMin,
  requestsInFlightDefault,
} from '../../src/wire/limits.ts';
import { printByteSize } from '../byte-size.ts';
import { type KeyDefinition, since, timeoutBounds } from './definition.ts';
import { writeTimeout } from './listener.ts';

const socketBuffer = {
  format: 'byte-size',
  default: printByteSize(quicSocketBufferBytesDefault),
  min: quicSocketBufferBytesMin,
  max: quicSocketBufferBytesMax,
  since,
} as const;

/** Keys of `quic`: the listener and its limits. */
export const quicKeys = [
  {
    key: 'quic.enabled',
    field: 'quic.enabled',
    format: 'flag',
    default: false,
    doc:
      'Listen for the binary protocol over QUIC; its library is loaded only then. Where the ' +
      'library has no build, the broker starts without and says so.',
    since,
    flag: '--quic',
  },
  {
    key: 'quic.address',
    field: 'quic.address',
    format: 'address',
    default: '127.0.0.1:8080',
    doc:
      'Address and UDP port to listen on: an IPv4 address, an IPv6 address in brackets or ' +
      '`localhost`; port 0 picks a free one.',
    since,
    flag: '--quic',
  },
  {
    key: 'quic.max_connections',
    field: 'quic.maxConnections',
    format: 'count',
    default: quicConnectionsDefault,
    min: 1,
    max: connectionsMax,
    doc: 'Open connections; one more is refused.',
    since,
  },
  {
    key: 'quic.max_concurrent_bidi_streams',
    field: 'quic.streamsMax',
    format: 'count',
    default: requestsInFlightDefault,
    min: 1,
    max: quicStreamsMax,
    doc: 'Streams, and thus requests, that one connection may have open at a time.',
    since,
  },
  {
    key: 'quic.receive_window',
    field: 'quic.windowBytes',
    format: 'byte-size',
    default: printByteSize(quicWindowBytesDefault),
    min: quicWindowBytesMin,
    max: quicWindowBytesMax,
    doc:
      'Bytes that one connection may have sent without the broker having read them. What a ' +
      'client may receive so is its own setting.',
    since,
  },
  {
    key: 'quic.initial_mtu',
    field: 'quic.payloadBytes',
    format: 'byte-size',
    default: printByteSize(quicPayloadBytesMin),
    min: quicPayloadBytesMin,
    max: quicLoopbackPayloadBytes,
    doc:
      'Bytes of a UDP packet to clients on other machines, if they take as much; 1200 fits every ' +
      'network, and nothing finds out whether more does. Clients on this machine get larger ones.',
    since,
  },
  {
    key: 'quic.keep_alive_interval',
    field: 'quic.keepAliveMs',
    format: 'duration',
    default: '5 s',
    max: timeoutBounds.max,
    doc: 'After this time without a packet the broker asks for a sign of life; 0 is never.',
    since,
  },
  {
    key: 'quic.max_idle_timeout',
    field: 'quic.idleTimeoutMs',
    format: 'duration',
    default: '10 s',
    ...timeoutBounds,
    doc: 'A connection, or a handshake, that is not heard of for so long has ended.',
    since,
  },
  {
    key: 'quic.frame_timeout',
    field: 'quic.frameTimeoutMs',
    format: 'duration',
    default: '30 s',
    ...timeoutBounds,
    doc: 'Time in which a request that has begun must be complete, else its stream is given up.',
    since,
  },
  {
    key: 'quic.write_timeout',
    field: 'quic.writeTimeoutMs',
    ...writeTimeout,
  },
  {
    key: 'quic.certificate.self_signed',
    field: 'quic.certificate.selfSigned',
    format: 'flag',
    default: true,
    doc:
      'Where the file of `quic.certificate.cert_file` does not exist, use a certificate for ' +
      '`localhost` that the broker makes and keeps in `tls/` below the data directory.',
    since,
  },
  {
    key: 'quic.certificate.cert_file',
    field: 'quic.certificate.certFile',
    format: 'path',
    default: 'certs/veltro_cert.pem',
    doc:
      'Certificate of the broker in PEM form, those of intermediate authorities behind it. ' +
      'Clients that check none take ECDSA P-256 alone.',
    since,
  },
  {
    key: 'quic.certificate.key_file',
    field: 'quic.certificate.keyFile',
    format: 'path',
    default: 'certs/veltro_key.pem',
    doc: 'Private key of that certificate in PEM form, without a passphrase.',
    since,
  },
  {
    key: 'quic.socket.recv_buffer_size',
    field: 'quic.socket.receiveBufferBytes',
    ...socketBuffer,
    doc: 'Bytes of packets that the system keeps until the broker reads them; it may allow less.',
  },
  {
    key: 'quic.socket.send_buffer_size',
    field: 'quic.socket.sendBufferBytes',
    ...socketBuffer,
    doc: 'Bytes of packets that the system keeps until they are sent; it may allow less.',
  },
] as const satisfies readonly KeyDefinition[];
