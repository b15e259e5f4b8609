// The three that speak one protocol and are measured with one load generator in C.
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findTools, type Program, type Tools, veltroProgram } from '../ceiling/tools.ts';
import type { Deletion, Installation, Launch, Peer, Place } from './peer.ts';
import type { Work } from './work.ts';

const CLIENT = 'the load generator in C, one batch or message at a time for each connection';
/** A ping: length 4, code 1. */
const PING = Uint8Array.of(4, 0, 0, 0, 1, 0, 0, 0);

function toolsInC(): Tools {
  const tools = findTools('threads');
  if (tools.language !== 'C') throw new Error('There is no C compiler.');
  return tools;
}

function load(installation: Installation, port: number, work: Work | Deletion): Program {
  const { load: command, offsets } = installation.paths;
  if (work.mode === 'delete') return { command, arguments: ['delete', String(port)] };
  const { mode, connections, batches, messages } = work;
  return {
    command,
    arguments: [
      ...[mode, String(port), '--connections', String(connections), '--offsets', offsets],
      ...['--batches', String(batches), '--messages', String(messages)],
    ],
  };
}

/** The trivial server in C. */
export const ceiling: Peer = {
  name: 'ceiling',
  title: 'Ceiling in C',
  client: CLIENT,
  settings: 'a thread for each connection; see benchmarks/README.md for what it leaves out',
  install: () => {
    const { server, load } = toolsInC();
    const paths = { server: server.command, load: load.command, offsets: 'unassigned' };
    return { version: '', paths };
  },
  launch: ({ paths }, { folder, ports: [port] }) => ({
    program: { command: paths.server, arguments: [folder, 'threads', String(port)] },
    port,
    hello: PING,
  }),
  load,
};

/** This project. */
export const veltro: Peer = {
  name: 'veltro',
  title: 'Veltro',
  client: CLIENT,
  settings: 'default configuration (acknowledged when written to the page cache), TCP only',
  install: () => ({
    version: `Node.js ${process.versions.node}`,
    paths: { load: toolsInC().load.command, offsets: 'assigned' },
  }),
  launch: (_, { folder, ports: [port], threads }) => ({
    program: {
      command: veltroProgram.command,
      arguments: [
        ...veltroProgram.arguments,
        ...['--tcp', `127.0.0.1:${port}`, '--data-dir', join(folder, 'data')],
        ...['--threads', String(threads), '--with-default-root-credentials'],
        ...['--http', 'off', '--quic', 'off', '--websocket', 'off', '--log-format', 'json'],
      ],
    },
    port,
    hello: PING,
  }),
  load,
};

const QUIET = ['HTTP', 'QUIC', 'WEBSOCKET'].map((transport) => [
  `IGGY_${transport}_ENABLED`,
  'false',
]);

function launchReference({ paths }: Installation, { folder, ports: [port] }: Place): Launch {
  mkdirSync(join(folder, 'home'));
  const environment = {
    ...Object.fromEntries(QUIET),
    IGGY_TCP_ADDRESS: `127.0.0.1:${port}`,
    IGGY_SYSTEM_PATH: join(folder, 'data'),
    // Otherwise it acknowledges single messages that are in its own memory only.
    IGGY_SYSTEM_PARTITION_MESSAGES_REQUIRED_TO_SAVE: '1',
    IGGY_ROOT_USERNAME: 'iggy',
    IGGY_ROOT_PASSWORD: 'iggy',
    HOME: join(folder, 'home'),
  };
  return {
    program: { command: paths.server, arguments: [], environment, folder },
    port,
    hello: PING,
  };
}

/** The server whose protocol Veltro speaks. */
export const reference: Peer = {
  name: 'reference',
  title: 'Reference server',
  client: CLIENT,
  settings: 'default configuration, but each batch is written before its acknowledgement; TCP only',
  install: ({ iggyServer }) => {
    if (iggyServer === undefined) throw new Error('its path was not given (--iggy-server)');
    const paths = { server: iggyServer, load: toolsInC().load.command, offsets: 'assigned' };
    return { version: basename(iggyServer), paths };
  },
  launch: launchReference,
  load,
};
