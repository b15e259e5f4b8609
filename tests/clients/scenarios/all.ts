import type { Scenario } from '../suite/scenario.ts';
import { acknowledged, bulk } from './bulk.ts';
import { errors } from './errors.ts';
import { groupAssignment, groupOffsets, groupReading } from './groups.ts';
import { headers } from './headers.ts';
import { login, tokenLogin } from './login.ts';
import { emptyPayload, ids, sizes } from './messages.ts';
import { autoCommit, offsets } from './offsets.ts';
import { balanced, keyed, missingPartition, namedPartition } from './partitioning.ts';
import { partitions, segments } from './partitions.ts';
import { permissions } from './permissions.ts';
import { polling } from './polling.ts';
import { reconnect } from './reconnect.ts';
import { purgedStream, streams } from './streams.ts';
import { connections, snapshot, system } from './system.ts';
import { tls } from './tls.ts';
import { tokens } from './tokens.ts';
import { purgedTopic, topics } from './topics.ts';
import { users } from './users.ts';

/** All scenarios in the order of the table. */
export const scenarios: readonly Scenario[] = [
  login,
  tokenLogin,
  tokens,
  users,
  permissions,
  streams,
  purgedStream,
  topics,
  purgedTopic,
  partitions,
  segments,
  namedPartition,
  balanced,
  keyed,
  missingPartition,
  sizes,
  emptyPayload,
  ids,
  headers,
  polling,
  offsets,
  autoCommit,
  groupAssignment,
  groupReading,
  groupOffsets,
  errors,
  connections,
  system,
  snapshot,
  tls,
  reconnect,
  bulk,
  acknowledged,
];
