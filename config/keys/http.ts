import { httpBodyBytesDefault, httpBodyBytesMax, httpBodyBytesMin } from '../../src/wire/limits.ts';
import { printByteSize } from '../byte-size.ts';
import { type KeyDefinition, since } from './definition.ts';
import { listenAddress, proxyProtocol } from './listener.ts';

/** Keys of `http` and `http.cors`. */
export const httpKeys = [
  {
    key: 'http.enabled',
    field: 'http.enabled',
    format: 'flag',
    default: true,
    doc: 'Listen for HTTP: the REST API, its documentation and the health of the broker.',
    since,
    flag: '--http off',
  },
  {
    key: 'http.address',
    field: 'http.address',
    ...listenAddress,
    default: '127.0.0.1:3000',
    flag: '--http',
  },
  {
    key: 'http.max_request_size',
    field: 'http.maxBodyBytes',
    format: 'byte-size',
    default: printByteSize(httpBodyBytesDefault),
    min: httpBodyBytesMin,
    max: httpBodyBytesMax,
    doc: 'Bytes of the body of one request; a larger one is answered with status 413.',
    since,
  },
  {
    key: 'http.engine',
    field: 'http.engine',
    format: 'choice',
    choices: ['auto', 'node'],
    default: 'auto',
    doc:
      'What speaks HTTP: `auto` takes uWebSockets.js where it loads and TLS is off, and the ' +
      'server of Node.js otherwise; `node` always takes that one. The log says which it is.',
    since,
  },
  {
    key: 'http.proxy_protocol',
    field: 'http.proxyProtocol',
    ...proxyProtocol,
    doc: `${proxyProtocol.doc} It needs the engine \`node\`, which is then chosen.`,
  },
  {
    key: 'http.forwarded_for',
    field: 'http.forwardedFor',
    format: 'flag',
    default: false,
    doc:
      'Take the address of a client from `X-Forwarded-For` in requests from the addresses of ' +
      '`load_balancer.trusted`: the last one in it that is none of theirs.',
    since,
  },
  {
    key: 'http.metrics.enabled',
    field: 'http.metrics.enabled',
    format: 'flag',
    default: true,
    doc: 'Serve metrics for Prometheus at `/metrics`, to everybody who can reach it.',
    since,
  },
  {
    key: 'http.cors.enabled',
    field: 'http.cors.enabled',
    format: 'flag',
    default: true,
    doc: 'Let pages of other origins call the API from a browser, as far as the keys below say.',
    since,
  },
  {
    key: 'http.cors.allowed_methods',
    field: 'http.cors.allowedMethods',
    format: 'list',
    choices: ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'CONNECT', 'PATCH', 'TRACE'],
    default: ['GET', 'POST', 'PUT', 'DELETE'],
    doc: 'Methods that such pages may use.',
    since,
  },
  {
    key: 'http.cors.allowed_origins',
    field: 'http.cors.allowedOrigins',
    format: 'list',
    default: ['*'],
    doc: 'Origins of such pages, such as `https://example.org`; `*` in the first place is any.',
    since,
  },
  {
    key: 'http.cors.allowed_headers',
    field: 'http.cors.allowedHeaders',
    format: 'list',
    default: ['content-type', 'authorization'],
    doc: 'Request headers that such pages may set.',
    since,
  },
  {
    key: 'http.cors.exposed_headers',
    field: 'http.cors.exposedHeaders',
    format: 'list',
    default: [],
    doc: 'Response headers that such pages may read, beside those that every page may.',
    since,
  },
  {
    key: 'http.cors.allow_credentials',
    field: 'http.cors.allowCredentials',
    format: 'flag',
    default: false,
    doc: 'Whether browsers send cookies and certificates along. Not with the origin `*`.',
    since,
  },
  {
    key: 'http.cors.allow_private_network',
    field: 'http.cors.allowPrivateNetwork',
    format: 'flag',
    default: false,
    doc: 'Whether pages of public networks may call a broker in a private one.',
    since,
  },
] as const satisfies readonly KeyDefinition[];
