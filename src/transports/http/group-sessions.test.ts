import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { UserRecord } from '../../catalog/state.ts';
import { Sessions } from '../../commands/sessions.ts';
import { groupSessionsMax } from '../../wire/limits.ts';
import { GroupSessions } from './group-sessions.ts';

const address = '127.0.0.1:1';

function user(id: number): UserRecord {
  return { id } as Partial<UserRecord> as UserRecord;
}

function started(t: TestContext) {
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const closed: number[] = [];
  const clients = new Sessions('/data', ({ clientId }) => closed.push(clientId));
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { clients, closed, pass, sessions: new GroupSessions(clients) };
}

test('a session is a client until it asks for nothing for too long', async (t) => {
  const { clients, closed, pass, sessions } = started(t);
  const anna = user(1);
  const opened = sessions.open(address, anna, 100);
  assert.deepEqual([...clients], [opened.session]);
  pass(100);
  assert.equal(sessions.find(opened.id, anna), opened);
  await sessions.use(opened, async () => pass(1000));
  pass(100);
  sessions.closeIdle();
  assert.equal(sessions.find(opened.id, anna), opened);
  pass(1);
  assert.throws(() => sessions.find(opened.id, anna), { httpStatus: 404 });
  assert.deepEqual(closed, []);
  sessions.closeIdle();
  assert.deepEqual([[...clients], closed], [[], [opened.session.clientId]]);
});

test('a session that works on something is not idle, whatever ends first', async (t) => {
  const { pass, sessions } = started(t);
  const anna = user(1);
  const opened = sessions.open(address, anna, 100);
  await sessions.use(opened, async () => {
    await assert.rejects(sessions.use(opened, () => Promise.reject(new Error('no'))));
    pass(1000);
    sessions.closeIdle();
    assert.equal(sessions.find(opened.id, anna), opened);
  });
});

test('a session is of use to its user alone', (t) => {
  const { sessions } = started(t);
  const opened = sessions.open(address, user(1), 100);
  for (const other of [user(2), user(1), null]) {
    assert.throws(() => sessions.find(opened.id, other), { httpStatus: 404 });
  }
});

test('silence of pings ends no session over HTTP', (t) => {
  const { clients, pass, sessions } = started(t);
  const tcp = clients.open('127.0.0.1:2', 'tcp');
  sessions.open(address, user(1), 100);
  pass(50);
  assert.deepEqual(clients.turnAwaySilent(10), [tcp]);
  assert.equal(clients.size, 1);
});

test('there are only so many sessions of a user, and one that is closed makes room', (t) => {
  const { sessions } = started(t);
  const anna = user(1);
  const first = sessions.open(address, anna, 100);
  for (let count = 1; count < groupSessionsMax.user; count++) sessions.open(address, anna, 100);
  const tooMany = { httpStatus: 429, message: /1024 sessions of one user/ };
  assert.throws(() => sessions.open(address, anna, 100), tooMany);
  sessions.close(first);
  sessions.close(first);
  sessions.open(address, anna, 100);
  assert.throws(() => sessions.open(address, anna, 100), tooMany);
});
