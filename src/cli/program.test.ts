import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FakeTerminalOptions, fakeTerminal } from '../../tests/support/fake-terminal.ts';
import { VeltroError } from '../client/errors.ts';
import { runProgram } from './program.ts';

async function run(line: string, options: FakeTerminalOptions = {}) {
  const terminal = fakeTerminal(options);
  const words = line.split(' ').filter((word) => word !== '');
  const code = await runProgram(words, terminal);
  const { connections } = terminal;
  return { code, output: terminal.output(), errors: terminal.errors(), connections };
}

const leaves = [
  'start',
  'ping',
  'me',
  'stats',
  ...['create', 'get', 'list', 'update', 'delete', 'purge'].flatMap((verb) => [
    `stream ${verb}`,
    `topic ${verb}`,
  ]),
  'partition create',
  'partition delete',
  'segment delete',
  'snapshot',
  'login',
  'logout',
  ...['create', 'list', 'use', 'delete'].map((verb) => `context ${verb}`),
  ...['create', 'get', 'list', 'delete'].map((verb) => `group ${verb}`),
  'message send',
  'message poll',
  'message flush',
  'offset get',
  'offset set',
  'offset delete',
  ...['create', 'get', 'list', 'update', 'permissions', 'password', 'delete'].map(
    (verb) => `user ${verb}`,
  ),
  'token create',
  'token list',
  'token delete',
  'client list',
  'client get',
  'bench',
  'bench compare',
];

const benchKinds = ['pp', 'pc', 'ppc', 'bp', 'bcg', 'bpcg', 'e2e', 'e2ecg'];
const benchTails = ['tcp', 'http', 'quic', 'web-socket', 'ws', 'output', 'tcp output'];

test('every command explains itself with examples and the common options', async () => {
  for (const leaf of leaves) {
    const { code, output, errors } = await run(`${leaf} --help`);
    assert.equal(code, 0, leaf);
    assert.equal(errors, '', leaf);
    assert.match(output, new RegExp(`^Usage: veltro ${leaf} `), leaf);
    assert.match(output, /\nExamples:\n {2}\$ veltro /, leaf);
    assert.match(output, / --json /, leaf);
    assert.match(output, / --quiet /, leaf);
  }
});

test('every kind of benchmark explains itself, its transports and its output', async () => {
  for (const kind of benchKinds) {
    const { code, output } = await run(`bench ${kind} --help`);
    assert.equal(code, 0, kind);
    assert.match(output, new RegExp(`^Usage: veltro bench [a-z-]+\\|${kind} `), kind);
    assert.match(output, /\nExamples:\n {2}\$ veltro bench /, kind);
    for (const tail of benchTails) {
      const line = `bench ${kind} ${tail}`;
      assert.match((await run(`${line} --help`)).output, /^Usage: veltro bench /, line);
    }
  }
  const { output } = await run('bench examples --json');
  for (const { command } of JSON.parse(output) as { command: string }[]) {
    assert.match(command, /^veltro bench /);
  }
});

test('wrong usage of the benchmarking app is one sentence', async () => {
  for (const [line, sentence] of [
    ['bench bcg http', 'Groups are not offered over HTTP; choose another kind or transport.'],
    ['bench -b 1 -T 1MB pp', "option '-b, --message-batches <number>' cannot be used with "],
    ['bench -m 5..1 pp', 'A range must begin with the smaller number.'],
    ['bench pp output --remark', "option '--remark <text>' argument missing"],
    ['bench --tcp', 'Give --test-send-messages, --test-poll-messages or '],
    ['bench balanced', 'There is no benchmark balanced; '],
    ['bench bp -a 1', 'A balanced benchmark needs at least 2 partitions, not 1.'],
  ] as const) {
    const { code, output, errors, connections } = await run(line);
    assert.deepEqual([code, output, connections], [2, '', []], line);
    assert.ok(errors.startsWith('error: ') && errors.includes(sentence), errors);
    assert.equal(errors.trim().split('\n').length, 1, errors);
  }
});

test('without a kind the benchmarking app shows its help and fails', async () => {
  const { code, output, errors } = await run('bench');
  assert.deepEqual([code, output], [2, '']);
  assert.match(errors, /^Usage: veltro bench /);
});

test('the program lists its commands when it is called without any', async () => {
  const { code, output } = await run('');
  assert.equal(code, 0);
  for (const name of new Set(leaves.map((leaf) => leaf.split(' ')[0]))) {
    assert.match(output, new RegExp(`\\n  ${name} `), name);
  }
  assert.equal((await run('--help')).output, output);
  assert.equal((await run('help')).output, output);
});

test('help of a command can be asked for in two orders', async () => {
  const { code, output } = await run('help stream create');
  assert.equal(code, 0);
  assert.equal(output, (await run('stream create --help')).output);
});

test('the version is that of the package', async () => {
  assert.match((await run('--version')).output, /^\d+\.\d+\.\d+\n$/);
});

test('wrong usage is one sentence on standard error and code 2', async () => {
  for (const [line, sentence] of [
    ['strem list', "error: unknown command 'strem' (Did you mean stream?)\n"],
    ['stream lst', "error: unknown command 'lst' (Did you mean list?)\n"],
    ['stream list --jsn', "error: unknown option '--jsn' (Did you mean --json?)\n"],
    ['stream create', "error: missing required argument 'name'\n"],
    [
      'partition create s t 0',
      "error: command-argument value '0' is invalid for argument 'count'. It must be a whole number from 1 to 1000.\n",
    ],
    ['stream list --json --quiet', 'error: Give --json or --quiet, not both.\n'],
    [
      'stream list --transport smtp',
      'error: The transport smtp is unknown; there are tcp, quic, http, ws, wss.\n',
    ],
    [
      'snapshot -c rar',
      "error: option '-c, --compression <name>' argument 'rar' is invalid. Allowed choices are stored, deflated, bzip2, zstd, lzma, xz.\n",
    ],
    [
      'message poll s t --group g --first',
      "error: option '-g, --group <id>' cannot be used with option '--first'\n",
    ],
    [
      'message poll s t --first --last',
      "error: option '--first' cannot be used with option '--last'\n",
    ],
  ] as const) {
    const { code, output, errors, connections } = await run(line);
    assert.deepEqual([code, output, errors], [2, '', sentence], line);
    assert.deepEqual(connections, [], line);
  }
});

test('a command group without a verb shows its help and fails', async () => {
  const { code, output, errors } = await run('stream');
  assert.equal(code, 2);
  assert.equal(output, '');
  assert.match(errors, /^Usage: veltro stream /);
});

test('every mistake of a configuration is a line of its own', async () => {
  const { code, errors } = await run('start --tcp here --threads 0');
  assert.equal(code, 2);
  assert.match(errors, /^error: system\.sharding.*\nerror: tcp\.address.*\n$/);
});

test('options of one command stand before those of all commands', async () => {
  const { output } = await run('topic create --help');
  const titles = output.match(/^\w+:$/gm);
  assert.deepEqual(titles, ['Arguments:', 'Options:', 'Connection:', 'Output:', 'Examples:']);
});

test('a refusal of the broker is one sentence and code 1', async () => {
  const client = {
    streams: {
      create: async () => {
        throw new VeltroError(1012, 'The broker refused it');
      },
    },
  };
  const { code, output, errors } = await run('stream create dev', { client });
  assert.deepEqual([code, output, errors], [1, '', 'error: The broker refused it.\n']);
});

test('the client is closed after success and after failure', async () => {
  let closed = 0;
  const client = {
    close: async () => {
      closed += 1;
    },
    streams: {
      list: async () => [],
      get: async () => null,
    },
  };
  assert.equal((await run('stream list', { client })).code, 0);
  const { code, errors } = await run('stream get dev', { client });
  assert.deepEqual([code, errors], [1, 'error: There is no stream dev.\n']);
  assert.equal(closed, 2);
});

test('connection options stand before or behind the command', async () => {
  const client = { streams: { list: async () => [] } };
  const environment = { VELTRO_SERVER: 'iggy://c:d@three:3' };
  for (const [line, url] of [
    ['stream list', 'iggy://c:d@three:3'],
    ['--server two:2 stream list', 'iggy://iggy:iggy@two:2'],
    ['stream list --server two:2 -u ann -p secret', 'iggy://ann:secret@two:2'],
    ['--server two:2 stream list --server one:1', 'iggy://iggy:iggy@one:1'],
  ] as const) {
    assert.deepEqual((await run(line, { client, environment })).connections, [url], line);
  }
});

const stream = {
  id: 1,
  name: 'dev',
  createdAt: 1_700_000_000_000_000n,
  topicsCount: 1,
  sizeBytes: 2048n,
  messagesCount: 3n,
};
const topic = {
  id: 2,
  name: 'events',
  createdAt: 1_700_000_000_000_000n,
  partitionsCount: 1,
  compression: 'none',
  messageExpiryMicros: 60_000_000n,
  maxSizeBytes: 0xffff_ffff_ffff_ffffn,
  replicationFactor: 1,
  sizeBytes: 2048n,
  messagesCount: 3n,
};
const partition = {
  id: 0,
  createdAt: 1_700_000_000_000_000n,
  segmentsCount: 1,
  currentOffset: 2n,
  sizeBytes: 2048n,
  messagesCount: 3n,
};

test('streams are shown as a table and as JSON', async () => {
  const client = {
    streams: {
      list: async () => [stream],
      get: async () => ({ ...stream, topics: [topic] }),
    },
  };
  const { output } = await run('stream list', { client });
  assert.match(output, /│ 1 {2}│ 2023-11-14 22:13:20 │ dev {2}│ 2\.0 KiB │ 3 +│ 1 +│/);
  const json = JSON.parse((await run('stream get dev --json', { client })).output);
  assert.equal(json.createdAt, '2023-11-14T22:13:20.000Z');
  assert.equal(json.sizeBytes, 2048);
  assert.equal(json.topics[0].messageExpiry, '1 m');
  assert.equal(json.topics[0].maxSize, 'unlimited');
  assert.equal((await run('stream list --quiet', { client })).output, '');
});

test('what is missing is said, not shown as an empty table', async () => {
  const client = {
    streams: { list: async () => [] },
    topics: { list: async () => [], get: async () => null },
    offsets: { get: async () => null },
  };
  assert.equal((await run('stream list', { client })).output, 'There are no streams yet.\n');
  assert.equal((await run('stream list --json', { client })).output, '[]\n');
  const topics = await run('topic list dev', { client });
  assert.equal(topics.output, 'There are no topics in stream dev.\n');
  const missing = await run('topic get dev 7', { client });
  assert.deepEqual(
    [missing.code, missing.errors],
    [1, 'error: There is no topic 7 in stream dev.\n'],
  );
  const offset = await run('offset get mailer dev events 0', { client });
  assert.equal(offset.code, 1);
  assert.match(offset.errors, /no stored offset of consumer mailer in partition 0 of topic events/);
});

test('consumer groups are shown with their members', async () => {
  const members = [
    { id: 0, partitions: [0, 2] },
    { id: 1, partitions: [] },
  ];
  const group = { id: 4, name: 'mailers', partitionsCount: 3, membersCount: 2 };
  const client = {
    groups: { get: async () => ({ ...group, members }), list: async () => [group] },
  };
  const { output } = await run('group get dev events mailers', { client });
  assert.match(output, /^ID +4\nName +mailers\nPartitions +3\nMembers +2\n/);
  assert.match(output, /│ 0 +│ 0, 2 +│/);
  assert.match(output, /│ 1 +│ +│/);
  const json = JSON.parse((await run('group get dev events 4 --json', { client })).output);
  assert.deepEqual(json, { ...group, members });
  const { output: list } = await run('group list dev events', { client });
  assert.match(list, /│ 4 +│ mailers +│ 3 +│ 2 +│/);
  const none = { groups: { get: async () => null, list: async () => [] } };
  const missing = await run('group get dev events x', { client: none });
  const errors = 'error: There is no consumer group x of topic events.\n';
  assert.deepEqual([missing.code, missing.errors], [1, errors]);
  const { output: empty } = await run('group list dev events', { client: none });
  assert.equal(empty, 'There are no consumer groups of topic events.\n');
});

/** A client group whose every method notes its name and arguments, and answers a topic. */
function recorder() {
  const calls: unknown[][] = [];
  const group = (name: string) =>
    new Proxy(
      {},
      {
        get:
          (_target, method) =>
          async (...parameters: unknown[]) => {
            calls.push([`${name}.${String(method)}`, ...parameters]);
            return { ...topic, partitions: [partition] };
          },
      },
    );
  const names = [
    'streams',
    'topics',
    'partitions',
    'segments',
    'messages',
    'groups',
    'offsets',
    'users',
    'tokens',
  ];
  const client = Object.fromEntries(names.map((name) => [name, group(name)]));
  return { calls, client };
}

const settings = {
  compression: undefined,
  messageExpiryMicros: undefined,
  maxSizeBytes: undefined,
  replicationFactor: undefined,
  acknowledgement: undefined,
};
const reading = { consumer: 'mailer', partition: 0 };

/** Command lines and the calls of the client that they must become. */
const translations: readonly (readonly [string, ...unknown[][]])[] = [
  ['stream create dev', ['streams.create', 'dev']],
  ['stream update 1 new', ['streams.update', 1, { name: 'new' }]],
  ['stream delete 1', ['streams.delete', 1]],
  ['stream purge dev', ['streams.purge', 'dev']],
  ['topic create dev a', ['topics.create', 'dev', 'a', { partitions: 1, ...settings }]],
  [
    'topic create dev a -n 4 --compression gzip --expiry 1h --max-size unlimited --replication-factor 2 --acknowledgement synced',
    [
      'topics.create',
      'dev',
      'a',
      {
        partitions: 4,
        compression: 'gzip',
        messageExpiryMicros: 3_600_000_000n,
        maxSizeBytes: 0xffff_ffff_ffff_ffffn,
        replicationFactor: 2,
        acknowledgement: 'synced',
      },
    ],
  ],
  [
    'topic update dev events --expiry never_expire',
    ['topics.get', 'dev', 'events'],
    [
      'topics.update',
      'dev',
      2,
      { name: undefined, ...settings, messageExpiryMicros: 0xffff_ffff_ffff_ffffn },
    ],
    ['topics.get', 'dev', 2],
  ],
  ['topic delete dev events', ['topics.delete', 'dev', 'events']],
  ['topic purge 1 2', ['topics.purge', 1, 2]],
  ['partition create dev events 3', ['partitions.create', 'dev', 'events', 3]],
  ['partition delete dev events 3', ['partitions.delete', 'dev', 'events', 3]],
  ['segment delete dev events 0 3', ['segments.delete', 'dev', 'events', 0, 3]],
  ['message flush dev events 0', ['messages.flush', 'dev', 'events', 0, { fsync: false }]],
  ['message flush dev events 0 -f', ['messages.flush', 'dev', 'events', 0, { fsync: true }]],
  ['group create dev events mailers', ['groups.create', 'dev', 'events', 'mailers']],
  ['group delete dev events 0', ['groups.delete', 'dev', 'events', 0]],
  ['offset get mailer dev events 0', ['offsets.get', 'dev', 'events', reading]],
  [
    'offset set 5 dev events 0 41 -k group',
    ['offsets.store', 'dev', 'events', { group: 5, partition: 0, offset: 41n }],
  ],
  ['offset delete mailer dev events 0', ['offsets.delete', 'dev', 'events', reading]],
  [
    'user create ann secret',
    ['users.create', 'ann', 'secret', { status: undefined, permissions: null }],
  ],
  [
    'user permissions 1 --global read-streams,poll-messages --stream 2:read-stream --topic 3:4:send-messages',
    [
      'users.updatePermissions',
      1,
      {
        global: { readStreams: true, pollMessages: true },
        streams: [
          { streamId: 2, readStream: true, topics: [] },
          { streamId: 3, topics: [{ topicId: 4, sendMessages: true }] },
        ],
      },
    ],
  ],
  ['user permissions ann', ['users.updatePermissions', 'ann', null]],
  [
    'user update ann --status inactive',
    ['users.update', 'ann', { username: undefined, status: 'inactive' }],
  ],
  [
    'user password ann secret better',
    ['users.changePassword', 'ann', { current: 'secret', next: 'better' }],
  ],
  ['user delete ann', ['users.delete', 'ann']],
  ['token create ci --expiry 1h', ['tokens.create', 'ci', { expiryMicros: 3_600_000_000n }]],
  ['token delete ci', ['tokens.delete', 'ci']],
];

test('arguments reach the client as they are meant', async () => {
  for (const [line, ...calls] of translations) {
    const recorded = recorder();
    const { code, errors } = await run(line, { client: recorded.client });
    assert.deepEqual([code, errors], [0, ''], line);
    assert.deepEqual(recorded.calls, calls, line);
  }
});

test('done things are said in one sentence, or as JSON', async () => {
  const { client } = recorder();
  const said = await run('partition create dev events 1', { client });
  assert.equal(said.output, 'Created 1 partition in topic events of stream dev.\n');
  const json = await run('stream delete dev --json', { client });
  assert.deepEqual(JSON.parse(json.output), { stream: 'dev', deleted: true });
});

test('ping measures and sums up', async () => {
  const client = { ping: async () => {} };
  const { output } = await run('ping --server here:1', { client });
  assert.match(output, /^Answer 1 from here:1 after \d+\.\d\d ms\n1 of 1 answered, min\/average/);
  const json = JSON.parse((await run('ping --json', { client })).output);
  assert.equal(json.server, '127.0.0.1:8090');
  assert.equal(json.timesMs.length, 1);
  assert.equal(json.minMs, json.maxMs);
});

test('me and stats show what the broker says', async () => {
  const me = {
    clientId: 7,
    userId: 0,
    address: '127.0.0.1:5',
    transport: 'tcp',
    consumerGroups: [],
  };
  const client = { me: async () => me };
  const { output } = await run('me', { client });
  assert.match(output, /Client ID +7\nUser ID +0\nAddress +127\.0\.0\.1:5\nTransport +tcp\n/);
  assert.deepEqual(JSON.parse((await run('me --json', { client })).output), me);
});
