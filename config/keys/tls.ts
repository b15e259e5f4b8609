import { type KeyDefinition, since, timeoutBounds } from './definition.ts';

/** Keys of the `tls` section of a transport. */
export function tlsKeysOf<Section extends 'tcp' | 'http' | 'websocket'>(section: Section) {
  return [
    {
      key: `${section}.tls.enabled`,
      field: `${section}.tls.enabled`,
      format: 'flag',
      default: false,
      doc: 'Take TLS connections only, version 1.2 or 1.3, instead of plain ones, on the same port.',
      since,
    },
    {
      key: `${section}.tls.self_signed`,
      field: `${section}.tls.selfSigned`,
      format: 'flag',
      default: true,
      doc:
        `Where the file of \`${section}.tls.cert_file\` does not exist, use a certificate for ` +
        '`localhost` that the broker makes and keeps in `tls/` below the data directory.',
      since,
    },
    {
      key: `${section}.tls.cert_file`,
      field: `${section}.tls.certFile`,
      format: 'path',
      default: 'certs/veltro_cert.pem',
      doc: 'Certificate of the broker in PEM form, those of intermediate authorities behind it.',
      since,
    },
    {
      key: `${section}.tls.key_file`,
      field: `${section}.tls.keyFile`,
      format: 'path',
      default: 'certs/veltro_key.pem',
      doc: 'Private key of that certificate in PEM form, without a passphrase.',
      since,
    },
    {
      key: `${section}.tls.client_auth`,
      field: `${section}.tls.clientAuth`,
      format: 'choice',
      choices: ['none', 'optional', 'required'],
      default: 'none',
      doc:
        'Whether clients show a certificate as well: never asked for, checked where a client has ' +
        'one, or demanded. They log in all the same.',
      since,
    },
    {
      key: `${section}.tls.client_ca_file`,
      field: `${section}.tls.clientCaFile`,
      format: 'path',
      default: 'certs/veltro_client_ca.pem',
      doc:
        'Certificates in PEM form of the authorities that sign those of clients; read unless ' +
        `\`${section}.tls.client_auth\` is \`none\`.`,
      since,
    },
    {
      key: `${section}.tls.handshake_timeout`,
      field: `${section}.tls.handshakeTimeoutMs`,
      format: 'duration',
      default: '10 s',
      ...timeoutBounds,
      doc: 'Time in which a TLS handshake must be complete, else the connection is closed.',
      since,
    },
  ] as const satisfies readonly KeyDefinition[];
}
