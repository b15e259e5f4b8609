import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../ceiling/tools.ts';
import { runCommand } from './cache.ts';
import { loaderFor, noSingleReads } from './other-load.ts';
import { goGenerator, mavenPackages } from './packages.ts';
import type { Installation, Launch, Peer, Place } from './peer.ts';

/** The version of Kafka that `kafka.xml` names. */
function kafkaVersion(): string {
  const pom = readFileSync(join(projectFolder, 'benchmarks', 'peers', 'kafka.xml'), 'utf8');
  return /kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(pom)?.[1] ?? '';
}

function kafkaProperties(folder: string, port: number, controllerPort: number): string {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=CLIENTS://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'inter.broker.listener.name=CLIENTS',
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT',
    `log.dirs=${join(folder, 'data')}`,
    'message.max.bytes=2097152',
    'auto.create.topics.enable=false',
    'log.segment.delete.delay.ms=0',
    '',
  ].join('\n');
}

/** A request for the versions of all requests: 18, version 0, correlation 1, no client id. */
const API_VERSIONS = Buffer.from('0000000a0012000000000001ffff', 'hex');

function launchKafka({ paths }: Installation, { folder, ports: [port, other] }: Place): Launch {
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, kafkaProperties(folder, port, other));
  const classes = ['-cp', join(paths.archives, '*')];
  const cluster = Buffer.alloc(16, 1).toString('base64url');
  const format = ['format', '-t', cluster, '-c', properties];
  runCommand('java', [...classes, 'kafka.tools.StorageTool', ...format]);
  return {
    program: {
      command: 'java',
      arguments: ['-Xms1g', '-Xmx1g', ...classes, 'kafka.Kafka', properties],
    },
    port,
    hello: API_VERSIONS,
  };
}

/** Kafka. */
export const kafka: Peer = {
  name: 'kafka',
  title: 'Kafka',
  client:
    'franz-go: acknowledged by the leader, not idempotent, five requests under way, ' +
    'batches of up to 1.1 MB; fetches of up to 8 MiB; single messages without linger',
  settings: 'broker and controller in one process, heap of 1 GiB, a partition for each client',
  install: () => {
    const version = kafkaVersion();
    const archives = mavenPackages('kafka', 'kafka.xml', version);
    runCommand('java', ['-version']);
    return { version, paths: { archives, generator: goGenerator() } };
  },
  launch: launchKafka,
  load: loaderFor('kafka'),
  objection: noSingleReads,
};
