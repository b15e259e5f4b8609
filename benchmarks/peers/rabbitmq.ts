import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './cache.ts';
import { loaderFor, noSingleReads } from './other-load.ts';
import { debianPackages, debianVersion, goGenerator } from './packages.ts';
import type { Installation, Launch, Peer, Place } from './peer.ts';

const ERLANG = [
  ...['asn1', 'base', 'crypto', 'eldap', 'ftp', 'inets', 'mnesia', 'os-mon', 'parsetools'],
  ...['public-key', 'runtime-tools', 'snmp', 'ssl', 'syntax-tools', 'tftp', 'tools', 'xmerl'],
].map((name) => `erlang-${name}`);

/** Erlang looks for itself in `/usr/lib`, unless it is started like this. */
function erlangStarter(root: string): string {
  return [
    '#!/bin/sh',
    `ROOTDIR='${join(root, 'usr', 'lib', 'erlang')}'`,
    'BINDIR=$(echo "$ROOTDIR"/erts-*/bin)',
    'EMU=beam PROGNAME=erl',
    'export ROOTDIR BINDIR EMU PROGNAME',
    'exec "$BINDIR/erlexec" "$@"',
    '',
  ].join('\n');
}

function rabbitConfiguration(port: number, amqpPort: number): string {
  return [
    `listeners.tcp.default = 127.0.0.1:${amqpPort}`,
    `stream.listeners.tcp.1 = 127.0.0.1:${port}`,
    'stream.advertised_host = 127.0.0.1',
    `stream.advertised_port = ${port}`,
    '',
  ].join('\n');
}

function rabbitEnvironment(folder: string, ports: readonly number[]): Record<string, string> {
  const [, , distributionPort, mapperPort] = ports;
  return {
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    HOME: folder,
    ERL_EPMD_PORT: String(mapperPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'veltro@localhost',
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
  };
}

/** PeerProperties of the stream protocol: key 17, version 1, correlation 1, no properties. */
const PEER_PROPERTIES = Buffer.from('0000000c001100010000000100000000', 'hex');

function launchRabbit({ paths }: Installation, { folder, ports }: Place): Launch {
  for (const name of ['bin', 'data', 'log']) mkdirSync(join(folder, name));
  const starter = join(folder, 'bin', 'erl');
  writeFileSync(starter, erlangStarter(paths.root));
  chmodSync(starter, 0o755);
  writeFileSync(join(folder, 'rabbitmq.conf'), rabbitConfiguration(ports[0], ports[1]));
  writeFileSync(join(folder, 'plugins'), '[rabbitmq_stream].');
  const environment = rabbitEnvironment(folder, ports);
  return {
    program: { command: paths.server, arguments: [], environment },
    helper: {
      command: paths.mapper,
      arguments: ['-port', String(ports[3]), '-address', '127.0.0.1'],
    },
    port: ports[0],
    hello: PEER_PROPERTIES,
  };
}

/** RabbitMQ streams. */
export const rabbitmq: Peer = {
  name: 'rabbitmq',
  title: 'RabbitMQ streams',
  client:
    'the Go client of the stream protocol: 500 messages at a time, stored by the hundred, ' +
    '20,000 under way, socket buffers of 1 MiB (its default of 8 KiB is many times slower)',
  settings: 'stream plugin, one stream for each client',
  install: () => {
    const version = debianVersion('rabbitmq-server');
    const root = debianPackages(['rabbitmq-server', ...ERLANG], version);
    const find = (pattern: string) => runCommand('sh', ['-c', `echo ${root}/${pattern}`]).trim();
    return {
      version,
      paths: {
        root,
        server: find('usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server'),
        mapper: find('usr/lib/erlang/erts-*/bin/epmd'),
        generator: goGenerator(),
      },
    };
  },
  launch: launchRabbit,
  load: loaderFor('rabbitmq'),
  objection: noSingleReads,
};
