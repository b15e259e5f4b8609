import {
  snapshotCompressions,
  snapshotTypes,
} from '../../src/wire/classic/commands/get-snapshot.ts';
import type { PolledMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { decodeMessages, type StoredMessage } from '../../src/wire/classic/messages.ts';

import {
  globalFlags,
  type Permissions,
  streamFlags,
  topicFlags,
} from '../../src/wire/classic/structures/permissions.ts';
import type { UserDetails } from '../../src/wire/classic/structures/user.ts';

type Fields = Record<string, unknown>;

/** Where the golden file spells a field in its own way. */
const renames: Readonly<Record<string, string>> = {
  compression_algorithm: 'compression',
  message_expiry_micros: 'message_expiry',
  max_size_bytes: 'max_topic_size',
  expiry_micros: 'expiry',
  tcp_port: 'tcp',
  quic_port: 'quic',
  http_port: 'http',
  websocket_port: 'websocket',
  cpu_usage_percent: 'cpu_usage',
  total_cpu_usage_percent: 'total_cpu_usage',
  server_version: 'iggy_server_version',
  server_semver: 'iggy_server_semver',
  free_disk_space_bytes: 'free_disk_space',
  total_disk_space_bytes: 'total_disk_space',
};

/** Names whose numbers the golden file lists. */
const numbers: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  transport: { tcp: 1, quic: 2, http: 3, websocket: 4 },
  role: { leader: 0, follower: 1 },
  status: { healthy: 0 },
  strategy: { offset: 1, timestamp: 2, first: 3, last: 4, next: 5 },
  consumer_kind: { consumer: 1, group: 2 },
  compression: snapshotCompressions,
};

/** How the golden file calls the answers that are lists. */
const lists: Readonly<Record<string, string>> = {
  get_streams: 'streams',
  get_clients: 'clients',
  get_users: 'users',
  get_personal_access_tokens: 'tokens',
  get_consumer_groups: 'groups',
};

/** What a codec has decoded, in the spelling of the golden file. */
export function fieldsOf(value: unknown, command: string): Fields {
  if (Array.isArray(value)) return { [lists[command]]: plain(value) };
  const fields = (plain(value) ?? {}) as Fields;
  if ('frames' in fields) return polledFields(value as PolledMessages);
  if (command === 'send_messages') {
    const { messages } = value as { messages: StoredMessage[] };
    return { ...fields, messages: messages.map(sentFields) };
  }
  if ('permissions' in fields && fields.permissions !== null) {
    const { permissions } = value as UserDetails;
    const spelled = command === 'get_user' ? permissionText : permissionFields;
    return { ...fields, permissions: spelled(permissions!) };
  }
  if (command === 'get_stream' && 'topics' in fields)
    return headAndList(fields, 'stream', 'topics');
  if (command === 'get_topic' && 'partitions' in fields) {
    return headAndList(fields, 'topic', 'partitions');
  }
  return fields;
}

/** The golden responses tell the shape of permissions only. */
function permissionText({ streams }: Permissions): string {
  if (streams.length === 0) return 'global only';
  return `${streams.length} streams, first with ${streams[0].topics.length} topics`;
}

function permissionFields({ global, streams }: Permissions): Fields {
  return {
    global: globalFlags.filter((flag) => global[flag]).map(snakeCase),
    streams: streams.map((stream) => ({
      stream_id: stream.streamId,
      flags: flagsText(streamFlags, stream),
      topics: stream.topics.map((topic) => ({
        topic_id: topic.topicId,
        flags: flagsText(topicFlags, topic).replaceAll('_topic', ''),
      })),
    })),
  };
}

function flagsText<Flag extends string>(
  flags: readonly Flag[],
  values: Readonly<Record<Flag, boolean>>,
): string {
  const set = flags.filter((flag) => values[flag]);
  const isAll = set.length === flags.length;
  return isAll ? 'all' : set.map(snakeCase).join(',').replaceAll('_messages', '');
}

function polledFields({ frames, messagesCount, ...head }: PolledMessages): Fields {
  return {
    ...(plain(head) as Fields),
    count: messagesCount,
    messages: decodeMessages(frames, messagesCount).map((message) => ({
      ...sentFields(message),
      id_hex_le: idBytes(message).toString('hex'),
      checksum: message.checksum.toString(),
      offset: message.offset.toString(),
      timestamp: message.timestamp.toString(),
      payload: message.payload.toString(),
    })),
  };
}

function sentFields(message: StoredMessage): Fields {
  return {
    id: message.id.toString(),
    origin_timestamp: message.originTimestamp.toString(),
    payload_hex: message.payload.toString('hex'),
    user_headers_hex: message.userHeaders.toString('hex'),
  };
}

function idBytes({ id }: StoredMessage): Buffer {
  return Buffer.from(id.toString(16).padStart(32, '0'), 'hex').reverse();
}

function headAndList(fields: Fields, head: string, list: string): Fields {
  const { [list]: items, ...rest } = fields;
  return { [head]: rest, [list]: items };
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const pairs = Object.entries(value).flatMap(([key, item]) => pairsOf(snakeCase(key), item));
  return Object.fromEntries(pairs.map(([key, item]) => [renames[key] ?? key, item]));
}

function pairsOf(key: string, value: unknown): [string, unknown][] {
  const fields = value as Fields;
  if (key === 'consumer') {
    const kind = numbers.consumer_kind[fields.kind as string];
    return [
      ['consumer_kind', kind],
      ['consumer_id', fields.id],
    ];
  }
  if (key === 'strategy') {
    const kind = numbers.strategy[fields.kind as string];
    return [
      ['strategy', kind],
      ['value', plain(fields.value)],
    ];
  }
  if (key === 'types') {
    return [[key, (value as (keyof typeof snapshotTypes)[]).map((type) => snapshotTypes[type])]];
  }
  if (key === 'user_id' && value === null) return [[key, 0xffff_ffff]];
  if (key === 'partitioning') return [[key, partitioningText(fields)]];
  if (key in numbers && typeof value === 'string') return [[key, numbers[key][value]]];
  return [[key, plain(value)]];
}

function partitioningText(partitioning: Fields): string {
  if (partitioning.kind === 'partition') return `partition_id=${partitioning.partitionId}`;
  if (partitioning.kind === 'key') {
    return `messages_key=${Buffer.from(partitioning.key as Uint8Array)}`;
  }
  return String(partitioning.kind);
}

function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
