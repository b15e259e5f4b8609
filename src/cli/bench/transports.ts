import type { Command } from 'commander';
import { parseServerUrl } from '../../client/server-url.ts';
import { addressOf, targetOf } from '../connection.ts';
import type { CommonOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';

/** Options that stand behind the transport. */
export interface TransportFlags {
  readonly serverAddress?: string;
  readonly nodelay?: boolean;
  readonly tls?: boolean;
  readonly tlsDomain?: string;
  readonly tlsCaFile?: string;
  readonly tlsValidateCertificate?: boolean;
  readonly clientAddress?: string;
  readonly serverName?: string;
  readonly validateCertificate?: boolean;
  readonly jsonBodies?: boolean;
}

/** A transport of a benchmark: a command below the kind. */
export interface BenchTransport {
  readonly name: string;
  readonly aliases: readonly string[];
  /** As reports have it. */
  readonly reportName: string;
  readonly scheme: string;
  readonly address: string;
  readonly options: readonly (readonly [flags: string, text: string, fallback?: string])[];
}

/** All transports that the reference's tool knows, whether `veltro bench` speaks them or not. */
export const benchTransports: readonly BenchTransport[] = [
  {
    name: 'tcp',
    aliases: ['t'],
    reportName: 'tcp',
    scheme: 'iggy+tcp',
    address: '127.0.0.1:8090',
    options: [
      ['--nodelay', 'do not wait for more to send (always so)'],
      ['--tls', 'encrypt the connections'],
      ['--tls-domain <name>', 'name in the certificate of the broker', 'localhost'],
      ['--tls-ca-file <file>', 'certificates of the authorities to trust'],
      ['--tls-validate-certificate', 'refuse a certificate that cannot be trusted'],
    ],
  },
  {
    name: 'http',
    aliases: ['h'],
    reportName: 'http',
    scheme: 'iggy+http',
    address: '127.0.0.1:3000',
    options: [['--json-bodies', 'send and poll as JSON with base64 instead of bytes']],
  },
  {
    name: 'quic',
    aliases: ['q'],
    reportName: 'quic',
    scheme: 'iggy+quic',
    address: '127.0.0.1:8080',
    options: [
      ['--client-address <address>', 'where to send from', '127.0.0.1:0'],
      ['--server-name <name>', 'name in the certificate of the broker', 'localhost'],
      ['--validate-certificate', 'refuse a certificate that cannot be trusted'],
    ],
  },
  {
    name: 'web-socket',
    aliases: ['ws', 'websocket'],
    reportName: 'websocket',
    scheme: 'iggy+ws',
    address: '127.0.0.1:8092',
    options: [],
  },
];

/** Adds the options of a transport. */
export function addTransportOptions(command: Command, transport: BenchTransport): Command {
  const { address, options } = transport;
  command.option('--server-address <address>', 'HOST:PORT of the broker', address);
  for (const [flags, text, fallback] of options) command.option(flags, text, fallback);
  return command;
}

/** The broker of a run. */
export interface BenchTarget {
  readonly url: string;
  readonly token?: string;
  /** As reports have it. */
  readonly transport: string;
  readonly address: string;
}

/** What the client is told beside host and port. */
function queryOf({ name }: BenchTransport, flags: TransportFlags): string {
  const query = new URLSearchParams();
  if (name === 'quic') {
    query.set('tlsVerify', String(flags.validateCertificate === true));
    if (flags.serverName !== undefined) query.set('tlsServerName', flags.serverName);
  }
  if (flags.tls === true) {
    query.set('tls', 'true');
    query.set('tlsVerify', String(flags.tlsValidateCertificate === true));
    if (flags.tlsDomain !== undefined) query.set('tlsServerName', flags.tlsDomain);
    if (flags.tlsCaFile !== undefined) query.set('tlsCaFile', flags.tlsCaFile);
  }
  return query.size === 0 ? '' : `?${query}`;
}

function serverOf(transport: BenchTransport, flags: TransportFlags): string {
  return `${transport.scheme}://${flags.serverAddress}${queryOf(transport, flags)}`;
}

/**
 * The broker that a transport with its options names; without one, that of all other commands. What
 * benchmarks cannot speak is a `UsageError`.
 */
export function benchTarget(
  common: CommonOptions,
  environment: Terminal['environment'],
  chosen?: { readonly transport: BenchTransport; readonly flags: TransportFlags },
): BenchTarget {
  const named = chosen && {
    server: serverOf(chosen.transport, chosen.flags),
    context: undefined,
    transport: undefined,
  };
  const target = targetOf({ ...common, ...named }, environment);
  const transport = chosen?.transport.reportName ?? parseServerUrl(target.url).transport;
  return { ...target, transport, address: addressOf(target.url) };
}
