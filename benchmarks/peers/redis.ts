import { join } from 'node:path';
import { loaderFor } from './other-load.ts';
import { debianPackages, debianVersion, goGenerator } from './packages.ts';
import type { Installation, Launch, Peer, Place } from './peer.ts';

function launchRedis({ paths }: Installation, { folder, ports: [port] }: Place): Launch {
  const program = {
    command: join(paths.root, 'usr', 'bin', 'redis-server'),
    arguments: [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', ''],
      ...['--appendonly', 'yes', '--appendfsync', 'everysec'],
      ...['--auto-aof-rewrite-percentage', '0'],
    ],
    environment: { LD_LIBRARY_PATH: paths.libraries },
  };
  return { program, port, hello: Buffer.from('PING\r\n') };
}

/** The folder below an unpacked root that has the libraries of this machine. */
function librariesOf(root: string): string {
  return join(root, 'usr', 'lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`);
}

/** Redis Streams. */
export const redis: Peer = {
  name: 'redis',
  title: 'Redis Streams',
  client:
    'plain commands: XADD, four pipelines of 1,000 under way; XRANGE, 1,000 at a time; ' +
    'for single messages one command that waits',
  settings:
    'append-only file, synced every second, never rewritten in between; one key for each client',
  install: () => {
    const version = debianVersion('redis-server');
    const libraries = ['libjemalloc2', 'liblzf1', 'libatomic1'];
    const root = debianPackages(['redis-server', 'redis-tools', ...libraries], version);
    return { version, paths: { root, libraries: librariesOf(root), generator: goGenerator() } };
  },
  launch: launchRedis,
  load: loaderFor('redis'),
};
