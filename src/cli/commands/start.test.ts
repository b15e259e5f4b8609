import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../../config/load.ts';
import { configSources } from './start.ts';

function load(options: Parameters<typeof configSources>[0], environment = {}) {
  return loadConfig(configSources(options, environment));
}

test('flags set the configuration and beat the environment', () => {
  const environment = { VELTRO_TCP_ADDRESS: '127.0.0.1:1', VELTRO_SYSTEM_LOGGING_LEVEL: 'error' };
  const config = load(
    {
      threads: '3',
      dataDir: '/data',
      tcp: '[::1]:0',
      http: 'off',
      quic: 'off',
      websocket: 'off',
      logFormat: 'json',
      withDefaultRootCredentials: true,
    },
    environment,
  );
  assert.equal(config.system.sharding.threads, 3);
  assert.equal(config.system.path, '/data');
  assert.deepEqual(config.tcp.address, { host: '::1', port: 0 });
  assert.deepEqual(config.system.logging, { level: 'error', format: 'json' });
  assert.deepEqual(config.rootCredentials, { username: 'iggy', password: 'iggy' });
});

test('shards is another name for threads', () => {
  assert.equal(load({ shards: '2' }).system.sharding.threads, 2);
});

test('off switches TCP off and leaves its address alone', () => {
  const { tcp } = load({ tcp: 'off' });
  assert.equal(tcp.enabled, false);
  assert.equal(tcp.address.port, 8090);
  assert.equal(load({ tcp: '127.0.0.1:0' }, { VELTRO_TCP_ENABLED: 'false' }).tcp.enabled, true);
});

test('WebSocket is on, off, or somewhere else', () => {
  const { address, enabled } = load({}).websocket;
  assert.deepEqual([address.port, enabled], [8092, true]);
  assert.equal(load({ websocket: 'off' }).websocket.enabled, false);
  const moved = load({ websocket: '127.0.0.1:8093' }, { VELTRO_WEBSOCKET_ENABLED: 'false' });
  assert.deepEqual([moved.websocket.address.port, moved.websocket.enabled], [8093, true]);
});

test('QUIC is off until it is asked for', () => {
  const { address, enabled } = load({}).quic;
  assert.deepEqual([address.port, enabled], [8080, false]);
  assert.equal(load({ quic: 'off' }, { VELTRO_QUIC_ENABLED: 'true' }).quic.enabled, false);
  const moved = load({ quic: '127.0.0.1:8081' }).quic;
  assert.deepEqual([moved.address.port, moved.enabled], [8081, true]);
});

test('HTTP is on, off, or somewhere else', () => {
  const { address, enabled } = load({}).http;
  assert.deepEqual([address.port, enabled], [3000, true]);
  assert.equal(load({ http: 'off' }).http.enabled, false);
  const moved = load({ http: '127.0.0.1:3001' }).http;
  assert.deepEqual([moved.address.port, moved.enabled], [3001, true]);
});

test('a bad value is reported with the flag that gave it', () => {
  assert.throws(
    () => load({ tcp: 'here', threads: '0' }),
    /cpu_allocation is "0" \(from --threads\).*\n.*"here" \(from --tcp\)/,
  );
});
