import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { deleteStream, runLoad } from './node-load.ts';
import { startServer } from './node-server.ts';

const job = {
  connections: 2,
  batches: 3,
  passes: 1,
  depth: 2,
  offsetsAssigned: false,
  isFollowed: false,
} as const;

let folder: string;
let server: Server;
let port: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'veltro-ceiling-test-'));
  server = await startServer(folder);
  port = (server.address() as AddressInfo).port;
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('what the load generator sends, the server stores and gives back', async () => {
  const sent = await runLoad({ ...job, isFollowed: true, mode: 'send', port });
  assert.deepEqual([sent.bytes, sent.requests], [6_000_000, 6]);
  assert.equal(statSync(join(folder, '1.log')).size, 3 * 1_064_000);
  assert.equal(statSync(join(folder, '1.index')).size, 3 * 16_000);
  const polled = await runLoad({ ...job, mode: 'poll', port });
  assert.deepEqual([polled.bytes, polled.requests], [6_000_000, 6]);
  const twice = await runLoad({ ...job, passes: 2, mode: 'poll', port });
  assert.deepEqual([twice.bytes, twice.requests], [12_000_000, 12]);
  await deleteStream(port);
  assert.deepEqual(readdirSync(folder), []);
});

test('a poll fails when messages are missing', async () => {
  await runLoad({ ...job, mode: 'send', port });
  const more = runLoad({ ...job, batches: 4, mode: 'poll', port });
  await assert.rejects(more, /0 of 1000 messages/);
});

test('a poll fails when offsets are expected that the server does not assign', async () => {
  await runLoad({ ...job, mode: 'send', port });
  const strict = runLoad({ ...job, offsetsAssigned: true, mode: 'poll', port });
  await assert.rejects(strict, /Message 999 has a wrong offset/);
});
