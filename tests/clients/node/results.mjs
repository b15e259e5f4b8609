// What the client answers, as the objects of the lines.
import { showPermissions } from './permissions.mjs';

const ENDLESS = 2n ** 64n - 1n;
const NO_USER = 2 ** 32 - 1;
const COMPRESSIONS = { 1: 'none', 2: 'gzip' };

export function orNull(show, value) {
  return value === null ? null : show(value);
}

/** The client rounds times down to milliseconds. */
export function micros(date) {
  return String(BigInt(date.getTime()) * 1000n);
}

function limit(number, endless) {
  return number === ENDLESS ? endless : String(number);
}

export function client({ clientId, userId, transport, address, consumerGroupCount }) {
  return {
    clientId,
    userId: userId === NO_USER ? null : userId,
    transport,
    address,
    groupsCount: consumerGroupCount,
  };
}

export function stats(found) {
  return {
    processId: found.processId,
    streamsCount: found.streamsCount,
    topicsCount: found.topicsCount,
    partitionsCount: found.partitionsCount,
    segmentsCount: found.segmentsCount,
    messagesCount: String(found.messagesCount),
    messagesSizeBytes: String(found.messagesSizeBytes),
    clientsCount: found.clientsCount,
    groupsCount: found.consumersGroupsCount,
    hostname: found.hostname,
    memoryUsage: String(found.memoryUsage),
    runTimeMicros: String(found.runTime),
  };
}

export function cluster({ name, nodes }) {
  return { name, nodes: nodes.map(node) };
}

function node({ name, ip, endpoints, role, status }) {
  return {
    name,
    ip,
    tcpPort: endpoints.tcp,
    role: role.toLowerCase(),
    status: status.toLowerCase(),
  };
}

export function baseUser({ id, userName, status, createdAt }) {
  return { id, username: userName, status: status.toLowerCase(), createdAt: micros(createdAt) };
}

export function user(found) {
  return { ...baseUser(found), permissions: orNull(showPermissions, found.permissions) };
}

export function token({ name, expiry }) {
  return { name, expiresAt: expiry.getTime() === 0 ? null : micros(expiry) };
}

/** The client passes over the topics in the answer. */
export function stream({ id, name, createdAt, topicsCount, sizeBytes, messagesCount }) {
  return {
    id,
    name,
    createdAt: micros(createdAt),
    topicsCount,
    sizeBytes: String(sizeBytes),
    messagesCount: String(messagesCount),
  };
}

/**
 * The client looks for the compression in front of the expiry, where it is behind: what it takes
 * for the compression is the lowest byte of the expiry, and the highest byte of its expiry is the
 * compression.
 */
export function baseTopic(found) {
  const shifted = found.messageExpiry;
  const expiry = BigInt.asUintN(64, shifted << 8n) + BigInt(found.compressionAlgorithm);
  return {
    id: found.id,
    name: found.name,
    createdAt: micros(found.createdAt),
    partitionsCount: found.partitionsCount,
    compression: COMPRESSIONS[shifted >> 56n],
    expiryMicros: limit(expiry, 'never'),
    maxSizeBytes: limit(found.maxTopicSize, 'unlimited'),
    replicationFactor: found.replicationFactor,
    sizeBytes: String(found.sizeBytes),
    messagesCount: String(found.messagesCount),
  };
}

export function topic(found) {
  return { ...baseTopic(found), partitions: found.partitions.map(partition) };
}

function partition({ id, createdAt, segmentsCount, currentOffset, sizeBytes, messagesCount }) {
  return {
    id,
    createdAt: micros(createdAt),
    segmentsCount,
    currentOffset: String(currentOffset),
    sizeBytes: String(sizeBytes),
    messagesCount: String(messagesCount),
  };
}

/** The client passes over the members in the answer. */
export function group({ id, name, partitionsCount, membersCount }) {
  return { id, name, partitionsCount, membersCount };
}

export function offset({ partitionId, currentOffset, storedOffset }) {
  return {
    partition: partitionId,
    currentOffset: String(currentOffset),
    storedOffset: String(storedOffset),
  };
}
