import { join } from 'node:path';
import { loaderFor } from './other-load.ts';
import { goGenerator, goProgram } from './packages.ts';
import type { Peer } from './peer.ts';

const VERSION = '2.15.2';

/** NATS JetStream. */
export const nats: Peer = {
  name: 'nats',
  title: 'NATS JetStream',
  client:
    'the Go client: fast batch publishing, ordered consumers with 10,000 messages ahead; ' +
    'for single messages a publish that waits, and a direct get',
  settings: 'file storage, one stream for each client',
  install: () => ({
    version: VERSION,
    paths: {
      server: join(
        goProgram('nats-server', 'github.com/nats-io/nats-server/v2', VERSION),
        'nats-server',
      ),
      generator: goGenerator(),
    },
  }),
  launch: ({ paths }, { folder, ports: [port] }) => ({
    program: {
      command: paths.server,
      arguments: ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder],
    },
    port,
    hello: new Uint8Array(),
  }),
  load: loaderFor('nats'),
};
