import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Router } from './router.ts';

const router = new Router<string>();
for (const [method, path] of [
  ['GET', '/'],
  ['GET', '/users'],
  ['GET', '/users/{user_id}'],
  ['DELETE', '/users/logout'],
  ['PUT', '/users/{user_id}/password'],
  ['GET', '/streams/{stream_id}/topics/{topic_id}'],
] as const) {
  router.add(method, path, `${method} ${path}`);
}

test('paths lead where they should, with their values', () => {
  const find = (method: string, path: string) => router.find(method, path);
  assert.deepEqual(find('GET', '/'), { target: 'GET /', values: {} });
  assert.deepEqual(find('HEAD', '/users'), { target: 'GET /users', values: {} });
  const user = { target: 'GET /users/{user_id}', values: { user_id: 'a/b é' } };
  assert.deepEqual(find('GET', '/users/a%2Fb%20%C3%A9'), user);
  const topic = 'GET /streams/{stream_id}/topics/{topic_id}';
  const values = { stream_id: '1', topic_id: 'x' };
  assert.deepEqual(find('GET', '/streams/1/topics/x'), { target: topic, values });
});

test('a fixed segment is stronger than a name, and what it does not have is looked for there', () => {
  assert.deepEqual(router.find('DELETE', '/users/logout'), {
    target: 'DELETE /users/logout',
    values: {},
  });
  const password = { target: 'PUT /users/{user_id}/password', values: { user_id: 'logout' } };
  assert.deepEqual(router.find('PUT', '/users/logout/password'), password);
});

test('what leads nowhere is told from what leads elsewhere', () => {
  for (const path of ['', '/nothing', '/users/', '/users//password', '/streams/1/topics']) {
    assert.equal(router.find('GET', path), undefined, path);
  }
  assert.deepEqual(router.find('POST', '/users'), new Map([['GET', 'GET /users']]));
  assert.throws(() => router.find('GET', '/users/%ff'), URIError);
});
