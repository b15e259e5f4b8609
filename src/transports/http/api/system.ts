import * as v from 'valibot';
import { getClient } from '../../../wire/classic/commands/get-client.ts';
import { getClients } from '../../../wire/classic/commands/get-clients.ts';
import { getClusterMetadata } from '../../../wire/classic/commands/get-cluster-metadata.ts';
import {
  getSnapshot,
  type SnapshotCompression,
  type SnapshotType,
} from '../../../wire/classic/commands/get-snapshot.ts';
import { getStats } from '../../../wire/classic/commands/get-stats.ts';
import { notFound } from '../errors.ts';
import { u32Text, word } from './kinds.ts';
import { json, operation } from './operation.ts';
import { ok, okText } from './replies.ts';
import {
  client,
  clientDetails,
  clientDetailsShape,
  clientShape,
  clusterMetadata,
  clusterMetadataShape,
  stats,
  statsShape,
} from './shapes.ts';

const tag = 'System';
const ZIP_TYPE = 'application/zip';
const TEXT_TYPE = 'text/plain';

const root = operation({
  id: 'root',
  method: 'GET',
  path: '/',
  tag,
  summary: 'Say what this is',
  audience: 'everybody',
  requires: 'listener',
  answers: { 200: { description: 'What this is.', content: { [TEXT_TYPE]: null } } },
  run: () => okText('Iggy API'),
});

const ping = operation({
  id: 'ping',
  method: 'GET',
  path: '/ping',
  tag,
  summary: 'Say that the broker is there',
  audience: 'everybody',
  requires: 'listener',
  answers: { 200: { description: '`pong`', content: { [TEXT_TYPE]: null } } },
  run: () => okText('pong'),
});

const readStats = operation({
  id: 'getStats',
  method: 'GET',
  path: '/stats',
  tag,
  summary: 'Count what the broker has and uses',
  answers: { 200: json('The counters.', stats) },
  errors: [403],
  run: async ({ call }) => ok(statsShape(await call.run(getStats, undefined))),
});

const readCluster = operation({
  id: 'getClusterMetadata',
  method: 'GET',
  path: '/cluster/metadata',
  tag,
  summary: 'Describe the cluster',
  answers: { 200: json('The cluster with its nodes.', clusterMetadata) },
  run: async ({ call }) => ok(clusterMetadataShape(await call.run(getClusterMetadata, undefined))),
});

const listClients = operation({
  id: 'getClients',
  method: 'GET',
  path: '/clients',
  tag,
  summary: 'List the clients that are connected',
  description:
    'Callers over HTTP are not among them, since they have no connection of their own; sessions of ' +
    'groups are.',
  answers: { 200: json('The clients by their ids.', v.array(client)) },
  errors: [403],
  async run({ call }) {
    const clients = [...(await call.run(getClients, undefined))];
    clients.sort((one, other) => one.clientId - other.clientId);
    return ok(clients.map(clientShape));
  },
});

const readClient = operation({
  id: 'getClient',
  method: 'GET',
  path: '/clients/{client_id}',
  tag,
  summary: 'Describe a client',
  pathSchema: v.object({ client_id: u32Text }),
  answers: { 200: json('The client with its groups.', clientDetails) },
  errors: [403, 404],
  async run({ call }, { path }) {
    const found = await call.run(getClient, { clientId: path.client_id });
    if (found === null) throw notFound();
    return ok(clientDetailsShape(found));
  },
});

const compressions = ['Stored', 'Deflated', 'Bzip2', 'Zstd', 'Lzma', 'Xz'] as const;
const snapshotTypes = [
  'FilesystemOverview',
  'ProcessList',
  'ResourceUsage',
  'Test',
  'ServerLogs',
  'ServerConfig',
  'All',
] as const;

/** `ServerLogs` as `server_logs`. */
function typeOf(name: (typeof snapshotTypes)[number]): SnapshotType {
  return name
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`)
    .toLowerCase() as SnapshotType;
}

const snapshot = operation({
  id: 'createSnapshot',
  method: 'POST',
  path: '/snapshot',
  tag,
  summary: 'Take a snapshot for those who look for a fault',
  body: v.object({ compression: word(compressions), snapshot_types: v.array(word(snapshotTypes)) }),
  answers: { 200: { description: 'A ZIP archive.', content: { [ZIP_TYPE]: null } } },
  errors: [500],
  async run({ call }, { body }) {
    const compression = body.compression.toLowerCase() as SnapshotCompression;
    const types = body.snapshot_types.map(typeOf);
    const archive = await call.run(getSnapshot, { compression, types });
    const [day, time] = new Date()
      .toISOString()
      .replaceAll(/[-:]|\..*/g, '')
      .split('T');
    const name = `attachment; filename="iggy_snapshot_${day}_${time}.zip"`;
    return {
      status: 200,
      contentType: ZIP_TYPE,
      headers: [['content-disposition', name]],
      body: archive,
      isIncompressible: true,
    };
  },
});

/** Operations on the broker as a whole. */
export const systemOperations = [
  root,
  ping,
  readStats,
  readCluster,
  listClients,
  readClient,
  snapshot,
];
