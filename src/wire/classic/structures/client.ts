import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';
import { KindTable } from '../kind-table.ts';
import { readCounted } from './list.ts';

/** How a client is connected; TLS counts as `tcp`. */
export type TransportKind = 'tcp' | 'quic' | 'http' | 'websocket';

/** A group that a client is a member of. */
export interface ClientGroup {
  readonly streamId: number;
  readonly topicId: number;
  readonly groupId: number;
}

/** A connection: what the list of clients and the details of one have in common. */
interface ClientHead {
  readonly clientId: number;
  /** Null before login. */
  readonly userId: number | null;
  readonly transport: TransportKind;
  /** `ip:port`, IPv6 in brackets. */
  readonly address: string;
}

/** A connection as GetClients lists it (protocol section 8.8). */
export interface Client extends ClientHead {
  readonly consumerGroupsCount: number;
}

/** A connection with its groups, as GetMe and GetClient answer it (protocol section 8.8). */
export interface ClientDetails extends ClientHead {
  readonly consumerGroups: readonly ClientGroup[];
}

/** The user id of a connection that is not logged in (protocol section 3.8). */
const NO_USER = 0xffff_ffff;

const transports = new KindTable<TransportKind>({ tcp: 1, quic: 2, http: 3, websocket: 4 });

export function writeClient(writer: Writer, client: Client): void {
  writeHead(writer, client);
  writer.u32(client.consumerGroupsCount);
}

export function readClient(reader: Reader): Client {
  return { ...readHead(reader), consumerGroupsCount: reader.u32('groups count') };
}

export function writeClientDetails(writer: Writer, client: ClientDetails): void {
  writeHead(writer, client);
  writer.u32(client.consumerGroups.length);
  for (const group of client.consumerGroups) {
    writer.u32(group.streamId).u32(group.topicId).u32(group.groupId);
  }
}

export function readClientDetails(reader: Reader): ClientDetails {
  const head = readHead(reader);
  const consumerGroups = readCounted(reader, reader.u32('groups count'), readClientGroup);
  return { ...head, consumerGroups };
}

function writeHead(writer: Writer, client: ClientHead): void {
  writer.u32(client.clientId).u32(client.userId ?? NO_USER);
  transports.write(writer, client.transport, 'transport');
  writer.str32(client.address);
}

function readHead(reader: Reader): ClientHead {
  return {
    clientId: reader.u32('client id'),
    userId: readUserId(reader),
    transport: transports.read(reader, 'transport'),
    address: reader.str32('address'),
  };
}

function readUserId(reader: Reader): number | null {
  const userId = reader.u32('user id');
  return userId === NO_USER ? null : userId;
}

function readClientGroup(reader: Reader): ClientGroup {
  return {
    streamId: reader.u32('stream id'),
    topicId: reader.u32('topic id'),
    groupId: reader.u32('group id'),
  };
}
