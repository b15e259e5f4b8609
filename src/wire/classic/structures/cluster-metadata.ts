import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';
import { KindTable } from '../kind-table.ts';
import { readCounted } from './list.ts';

/** Part of a node in its cluster. */
export type NodeRole = 'leader' | 'follower';
/** Health of a node as its cluster sees it. */
export type NodeStatus =
  | 'healthy'
  | 'starting'
  | 'stopping'
  | 'unreachable'
  | 'maintenance'
  | 'unknown';

/** One node of a cluster with the ports it listens on, 0 for a transport that is off. */
export interface ClusterNode {
  readonly name: string;
  readonly ip: string;
  readonly tcpPort: number;
  readonly quicPort: number;
  readonly httpPort: number;
  readonly websocketPort: number;
  readonly role: NodeRole;
  /** Some clients fail on `unknown`. */
  readonly status: NodeStatus;
}

/** A cluster with its nodes, at least one (protocol section 8.11). */
export interface ClusterMetadata {
  readonly name: string;
  readonly nodes: readonly ClusterNode[];
}

const roles = new KindTable<NodeRole>({ leader: 0, follower: 1 });
const statuses = new KindTable<NodeStatus>({
  healthy: 0,
  starting: 1,
  stopping: 2,
  unreachable: 3,
  maintenance: 4,
  unknown: 5,
});

export function writeClusterMetadata(writer: Writer, cluster: ClusterMetadata): void {
  writer.str32(cluster.name).u32(cluster.nodes.length);
  for (const node of cluster.nodes) writeNode(writer, node);
}

export function readClusterMetadata(reader: Reader): ClusterMetadata {
  return {
    name: reader.str32('cluster name'),
    nodes: readCounted(reader, reader.u32('nodes count'), readNode),
  };
}

function writeNode(writer: Writer, node: ClusterNode): void {
  writer.str32(node.name).str32(node.ip);
  writer.u16(node.tcpPort).u16(node.quicPort).u16(node.httpPort).u16(node.websocketPort);
  roles.write(writer, node.role, 'node role');
  statuses.write(writer, node.status, 'node status');
}

function readNode(reader: Reader): ClusterNode {
  return {
    name: reader.str32('node name'),
    ip: reader.str32('node ip'),
    tcpPort: reader.u16('tcp port'),
    quicPort: reader.u16('quic port'),
    httpPort: reader.u16('http port'),
    websocketPort: reader.u16('websocket port'),
    role: roles.read(reader, 'node role'),
    status: statuses.read(reader, 'node status'),
  };
}
