import { loginFailuresMax } from '../src/wire/limits.ts';
import { type KeyDefinition, since, timeoutBounds } from './key-definition.ts';

/** Everything below `tcp.tls`. */
export const tlsKeys = [
  {
    key: 'tcp.tls.enabled',
    field: 'tcp.tls.enabled',
    format: 'flag',
    default: false,
    doc: 'Take TLS connections only, version 1.2 or 1.3, instead of plain ones, on the same port.',
    since,
  },
  {
    key: 'tcp.tls.self_signed',
    field: 'tcp.tls.selfSigned',
    format: 'flag',
    default: true,
    doc:
      'Where the file of `tcp.tls.cert_file` does not exist, use a certificate for `localhost` ' +
      'that the broker makes and keeps in `tls/` below the data directory.',
    since,
  },
  {
    key: 'tcp.tls.cert_file',
    field: 'tcp.tls.certFile',
    format: 'path',
    default: 'certs/veltro_cert.pem',
    doc: 'Certificate of the broker in PEM form, those of intermediate authorities behind it.',
    since,
  },
  {
    key: 'tcp.tls.key_file',
    field: 'tcp.tls.keyFile',
    format: 'path',
    default: 'certs/veltro_key.pem',
    doc: 'Private key of that certificate in PEM form, without a passphrase.',
    since,
  },
  {
    key: 'tcp.tls.client_auth',
    field: 'tcp.tls.clientAuth',
    format: 'choice',
    choices: ['none', 'optional', 'required'],
    default: 'none',
    doc:
      'Whether clients show a certificate as well: never asked for, checked where a client has ' +
      'one, or demanded. They log in all the same.',
    since,
  },
  {
    key: 'tcp.tls.client_ca_file',
    field: 'tcp.tls.clientCaFile',
    format: 'path',
    default: 'certs/veltro_client_ca.pem',
    doc:
      'Certificates in PEM form of the authorities that sign those of clients; read unless ' +
      '`tcp.tls.client_auth` is `none`.',
    since,
  },
  {
    key: 'tcp.tls.handshake_timeout',
    field: 'tcp.tls.handshakeTimeoutMs',
    format: 'duration',
    default: '10 s',
    ...timeoutBounds,
    doc: 'Time in which a TLS handshake must be complete, else the connection is closed.',
    since,
  },
] as const satisfies readonly KeyDefinition[];

/** Everything below `login_limit`. */
export const loginKeys = [
  {
    key: 'login_limit.enabled',
    field: 'loginLimit.enabled',
    format: 'flag',
    default: true,
    doc:
      'Refuse logins for a while after too many failed ones: with status 42, whatever the ' +
      'password. Logins that succeed do not count.',
    since,
  },
  {
    key: 'login_limit.failures_per_address',
    field: 'loginLimit.failuresPerAddress',
    format: 'count',
    default: 30,
    min: 1,
    max: loginFailuresMax,
    doc:
      'Failed logins from one address in one `login_limit.period`; addresses of IPv6 count by ' +
      'their first 64 bits.',
    since,
  },
  {
    key: 'login_limit.failures_per_user',
    field: 'loginLimit.failuresPerUser',
    format: 'count',
    default: 100,
    min: 1,
    max: loginFailuresMax,
    doc:
      'Failed logins of one user name in one `login_limit.period`, wherever they come from. ' +
      'Addresses from which none failed of late are let through all the same, so that nobody ' +
      'can lock a user out.',
    since,
  },
  {
    key: 'login_limit.period',
    field: 'loginLimit.periodMs',
    format: 'duration',
    default: '1 m',
    ...timeoutBounds,
    doc: 'Time in which so many failures are forgotten again, evenly, one after the other.',
    since,
  },
] as const satisfies readonly KeyDefinition[];
