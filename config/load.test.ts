import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { printByteSize } from './byte-size.ts';
import { ConfigError } from './config.ts';
import type { FormatName } from './formats.ts';
import type { KeyDefinition } from './keys/definition.ts';
import { type ConfigSources, loadConfig } from './load.ts';
import { nest } from './nest.ts';
import { keyDefinitions } from './schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'veltro-config-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function problemsOf(sources: ConfigSources): readonly string[] {
  try {
    loadConfig(sources);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  assert.fail('The configuration was accepted.');
}

test('the defaults resolve to numbers in the unit of their names', () => {
  const { system, tcp, rootCredentials, warnings } = loadConfig();
  assert.equal(system.path, resolve('local_data'));
  assert.equal(system.shutdownTimeoutMs, 10_000);
  assert.equal(system.segment.sizeBytes, 1024 ** 3);
  assert.equal(system.memoryPool.sizeBytes, 512 * 1024 ** 2);
  assert.equal(system.topic.maxSizeBytes, Number.POSITIVE_INFINITY);
  assert.equal(system.topic.messageExpiryMs, Number.POSITIVE_INFINITY);
  assert.ok(system.sharding.threads >= 1);
  assert.deepEqual(tcp.address, { host: '127.0.0.1', port: 8090 });
  assert.equal(tcp.maxConnections, 10_000);
  assert.equal(tcp.socket.nodelay, true);
  assert.equal(rootCredentials, undefined);
  assert.deepEqual(warnings, []);
});

test('a flag beats the environment, which beats the file, which beats the default', () => {
  const path = file('precedence.toml', 'tcp.max_connections = 2\ntcp.max_requests_in_flight = 2\n');
  const environment = { VELTRO_TCP_MAX_CONNECTIONS: '3', IGGY_TCP_MAX_REQUESTS_IN_FLIGHT: '' };
  assert.equal(loadConfig({ file: path }).tcp.maxConnections, 2);
  assert.equal(loadConfig({ file: path, environment }).tcp.maxConnections, 3);
  assert.equal(loadConfig({ file: path, environment }).tcp.maxRequestsInFlight, 2);
  const flags = { 'tcp.max_connections': 4, 'tcp.max_requests_in_flight': undefined } as const;
  const all = loadConfig({ file: path, environment, flags });
  assert.deepEqual([all.tcp.maxConnections, all.tcp.maxRequestsInFlight], [4, 2]);
});

test('VELTRO variables beat IGGY variables', () => {
  const environment = { IGGY_TCP_ADDRESS: '127.0.0.1:1', IGGY_SYSTEM_LOGGING_LEVEL: 'warn' };
  assert.equal(loadConfig({ environment }).tcp.address.port, 1);
  const both = loadConfig({ environment: { ...environment, VELTRO_TCP_ADDRESS: '127.0.0.1:2' } });
  assert.equal(both.tcp.address.port, 2);
  assert.equal(both.system.logging.level, 'warn');
});

const OTHER_BYTES = 256 * 1024 * 1024;

/** A valid value of the format that is no key's default. */
const otherValues: Readonly<Record<FormatName, string | number | readonly unknown[]>> = {
  flag: '',
  count: 7,
  path: '/elsewhere',
  'optional-path': '/elsewhere',
  'encryption-key': Buffer.alloc(32, 1).toString('base64'),
  folder: 'elsewhere',
  text: 'elsewhere',
  secret: 'hidden elsewhere',
  url: 'http://elsewhere:4318/v1/traces',
  algorithm: '',
  list: ['GET'],
  issuers: [{ issuer: 'https://a', audience: 'b', jwks_url: 'https://a/keys', user_id: 7 }],
  choice: '',
  'byte-size': '',
  duration: '3 m',
  expiry: '1 d',
  'topic-size': '3 GiB',
  address: '[::1]:1',
  'memory-size': '768 MiB',
  networks: '10.0.0.0/8, ::1/128',
  threads: 23,
};

function otherValue({ format, choices, max, default: standard }: KeyDefinition) {
  if (format === 'flag') return !standard;
  if (format === 'byte-size') return printByteSize(Math.min(OTHER_BYTES, max ?? OTHER_BYTES));
  const hasChoices = format === 'choice' || format === 'algorithm';
  return hasChoices ? choices?.find((choice) => choice !== standard) : otherValues[format];
}

/** The value as an environment variable has it. */
function variable(value: unknown): string {
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}

test('every key can be set from the environment and from a file', () => {
  for (const definition of keyDefinitions) {
    const value = otherValue(definition);
    const name = definition.key.replaceAll('.', '_').toUpperCase();
    const path = file('one.json', JSON.stringify(nest([[definition.key, value]])));
    const config = loadConfig({ environment: { [`VELTRO_${name}`]: variable(value) } });
    assert.notDeepEqual(config, loadConfig(), definition.key);
    assert.deepEqual(config, loadConfig({ file: path }), definition.key);
  }
});

test('files are TOML, or JSON by their extension, and found through the environment', () => {
  const json = file('some.json', '{"tcp": {"max_connections": 5}}');
  const toml = file('some.toml', '[tcp]\nmax_connections = 6\n');
  assert.equal(loadConfig({ file: json }).tcp.maxConnections, 5);
  const environment = { IGGY_CONFIG_PATH: toml };
  assert.equal(loadConfig({ environment }).tcp.maxConnections, 6);
  const both = { VELTRO_CONFIG_PATH: json, IGGY_CONFIG_PATH: toml };
  assert.equal(loadConfig({ environment: both }).tcp.maxConnections, 5);
  assert.equal(loadConfig({ environment: both, file: toml }).tcp.maxConnections, 6);
});

test('an unknown or misplaced key of a file is named with the nearest one', () => {
  const path = file('bad.toml', 'tcp = 5\n[system]\npth = "x"\nsegment = { size = { a = 1 } }\n');
  assert.deepEqual(problemsOf({ file: path }), [
    `tcp (in ${path}) is 5, but it must be a table.`,
    `system.pth (in ${path}) is no configuration key; the nearest one is system.path.`,
    `system.segment.size (in ${path}) is {"a":1}, but it takes one value.`,
  ]);
  const json = file('proto.json', '{"__proto__": {"polluted": 1}, "constructor": 2}');
  assert.equal(problemsOf({ file: json }).length, 2);
});

test('a file that cannot be read or parsed is named', () => {
  const missing = join(folder, 'missing.toml');
  assert.match(problemsOf({ file: missing })[0], /missing\.toml cannot be read: ENOENT/);
  const broken = file('broken.toml', 'tcp = [');
  assert.match(problemsOf({ file: broken })[0], /broken\.toml cannot be read: Invalid TOML/);
  const list = file('list.json', '[1]');
  assert.deepEqual(problemsOf({ file: list }), [
    `The configuration file ${list} must hold a table.`,
  ]);
});

test('an unknown VELTRO variable is an error, an unknown IGGY variable a warning', () => {
  assert.deepEqual(problemsOf({ environment: { VELTRO_TCP_ADRESS: 'x' } }), [
    'VELTRO_TCP_ADRESS is no configuration key; the nearest one is VELTRO_TCP_ADDRESS.',
  ]);
  assert.deepEqual(loadConfig({ environment: { IGGY_TCP_ADRESS: 'x' } }).warnings, [
    'IGGY_TCP_ADRESS is no configuration key; the nearest one is IGGY_TCP_ADDRESS. It is ignored.',
  ]);
  const special = {
    IGGY_TEST_VERBOSE: '1',
    IGGY_CONNECTORS_SINK_X: '1',
    IGGY_DISPLAY_CONFIG: '1',
    VELTRO_SERVER: 'iggy://localhost',
    VELTRO_TCP_ADRESS: '',
    PATH: '/bin',
  };
  assert.deepEqual(loadConfig({ environment: special }).warnings, []);
});

test('all mistakes of a load are reported together, each with its source', () => {
  const path = file('mistakes.toml', 'tcp.frame_timeout = 30\ntcp.receive = "fast"\n');
  const environment = {
    VELTRO_SYSTEM_SEGMENT_SIZE: '2 GiB',
    IGGY_SYSTEM_MEMORY_POOL_SIZE: '1 MiB',
    VELTRO_ROOT_USERNAME: 'admin',
  };
  const flags = { 'tcp.address': 'broker', 'tcp.max_connections': 0, 'tcp.port': 1 };
  assert.deepEqual(problemsOf({ file: path, environment, flags }), [
    'VELTRO_ROOT_PASSWORD is missing: the root user name and password go together.',
    'tcp.port is no configuration key; the nearest one is tcp.address.',
    'system.segment.size is "2 GiB" (from VELTRO_SYSTEM_SEGMENT_SIZE), but it must be at most 1 GiB.',
    'system.memory_pool.size is "1 MiB" (from IGGY_SYSTEM_MEMORY_POOL_SIZE), but it must be at least 256 MiB.',
    'tcp.address is "broker" (from --tcp), but it must be "IP:port", "[IPv6]:port" or "localhost:port".',
    'tcp.max_connections is 0 (from an option), but it must be at least 1.',
    `tcp.frame_timeout is 30 (from ${path}), but it must be a text with units such as "500 ms", "10 s", "1 h 30 m" or "7 days".`,
    `tcp.receive is "fast" (from ${path}), but it must be one of auto, copy.`,
  ]);
});

test('the runtime folder, which is emptied at each start, holds nothing else', () => {
  assert.deepEqual(problemsOf({ flags: { 'system.runtime.path': 'streams' } }), [
    'system.runtime.path is "streams", but it must differ from system.stream.path.',
  ]);
  const taken = { 'system.runtime.path': 'catalog', 'system.stream.path': 'logs' } as const;
  assert.deepEqual(problemsOf({ flags: taken }), [
    'system.runtime.path is "catalog", but that folder of the data directory is taken.',
    'system.stream.path is "logs", but that folder of the data directory is taken.',
  ]);
});

test('values that contradict each other are refused', () => {
  const flags = {
    'system.topic.max_size': '1 MiB',
    'system.memory_pool.size': '512 MiB',
    'system.sharding.cpu_allocation': 2,
    'tcp.max_frame_size': '300 MiB',
  } as const;
  assert.deepEqual(problemsOf({ flags }), [
    'system.topic.max_size is 1 MiB, but it must be at least system.segment.size, which is 1 GiB.',
    'system.memory_pool.size is 512 MiB, but 2 threads and a tcp.max_frame_size of 300 MiB need 1229312 KiB.',
  ]);
});

test('removal of duplicates needs memory beside the largest message', () => {
  const flags = {
    'system.sharding.cpu_allocation': 2,
    'system.memory_pool.size': '256 MiB',
    'tcp.max_frame_size': 64_104_947,
  } as const;
  loadConfig({ flags });
  const removing = { ...flags, 'system.message_deduplication.enabled': true } as const;
  const [problem] = problemsOf({ flags: removing });
  assert.match(problem, /size is 256 MiB, but 2 threads .* with deduplication need /);
  const { system } = loadConfig({ flags: { ...removing, 'system.memory_pool.size': 'auto' } });
  assert.ok(system.memoryPool.sizeBytes > 256 * 1024 * 1024);
});

test('a key of encryption is 32 bytes in base64, and no mistake shows it', () => {
  const key = Buffer.alloc(32, 0xa7).toString('base64');
  const environment = { IGGY_SYSTEM_ENCRYPTION_KEY: ` ${key}\n` };
  assert.equal(loadConfig({ environment }).system.encryption.key, key);
  const wrong = key.slice(0, 30);
  const path = file('secret.toml', `system.encryption.key = "${wrong}"\n`);
  const sentence = `system.encryption.key is not shown (from ${path}), but it must be 32 bytes in base64.`;
  assert.deepEqual(problemsOf({ file: path }), [sentence]);
  const spoilt = [
    file('one.json', `{"system": {"encryption": {"key": ["${wrong}"]}}}`),
    file('two.json', `{"system": {"encryption": "${wrong}"}}`),
    file('three.json', `{"system": {"encryption":\n{"key": ${wrong}}}}`),
    file('four.json', `{"system": {"encryption": {"key": "${wrong}}}}`),
    file('five.toml', `system.encryption.key = "${wrong}`),
    file('six.toml', `system.encryption.key = ${wrong}`),
    file('seven.toml', `system = "${wrong}"`),
  ];
  for (const each of spoilt) {
    const text = problemsOf({ file: each }).join();
    assert.ok(text.includes(each), text);
    assert.ok(!text.includes(wrong.slice(0, 4)), text);
  }
});
