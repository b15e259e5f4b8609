import assert from 'node:assert/strict';
import type { Caller } from '../suite/caller.ts';
import type { Scenario } from '../suite/scenario.ts';
import type { Scene } from '../suite/scene.ts';
import { isPositive } from './texts.ts';

/** Users are created, shown, changed, logged in and deleted. */
export const users: Scenario = {
  title: 'users',
  async run(scene) {
    const root = await scene.open('root');
    const id = await create(scene, root);
    await list(scene, root, id);
    await change(scene, root);
    await logIn(scene, root);
    await changePassword(scene, root);
    await root.call('user.delete', { user: `${scene.name}-renamed` });
    assert.equal(await root.call('user.get', { user: `${scene.name}-renamed` }), null);
  },
};

async function create(scene: Scene, root: Caller): Promise<number> {
  const global = { readStreams: true, sendMessages: true };
  const permissions = { global, streams: [] };
  const settings = { username: scene.name, password: 'secret', status: 'active' } as const;
  const created = await root.call('user.create', { ...settings, permissions });
  const { username, status } = settings;
  const shown = { ...global, manageStreams: false, readUsers: false };
  const expected = { username, status, createdAt: isPositive, permissions: { global: shown } };
  scene.shows('user', created, { ...expected, id: (id) => id > 0 });
  for (const user of [created.id, scene.name]) {
    scene.shows('user', await root.call('user.get', { user }), { ...expected, id: created.id });
  }
  await root.refused('user.create', settings, 46);
  return created.id;
}

async function list(scene: Scene, root: Caller, id: number): Promise<void> {
  const listed = await root.optional('user.list', {});
  if (listed === undefined) return;
  const find = (username: string) => listed.find((user) => user.username === username)!;
  scene.shows('user', find('iggy'), { id: 0, status: 'active' });
  scene.shows('user', find(scene.name), { id, status: 'active', createdAt: isPositive });
}

async function change(scene: Scene, root: Caller): Promise<void> {
  const username = `${scene.name}-renamed`;
  await root.refused('user.update', { user: scene.name, username: 'iggy' }, 46);
  await root.call('user.update', { user: scene.name, username });
  assert.equal(await root.call('user.get', { user: scene.name }), null);
  await root.call('user.permissions', { user: username, permissions: null });
  const changed = await root.call('user.get', { user: username });
  scene.shows('user', changed, { username, permissions: null });
}

async function logIn(scene: Scene, root: Caller): Promise<void> {
  const user = { username: `${scene.name}-renamed`, password: 'secret' };
  await root.call('user.update', { user: user.username, status: 'inactive' });
  const caller = await scene.connect('a');
  await caller.refused('user.login', user, 47);
  await root.call('user.update', { user: user.username, status: 'active' });
  await caller.optional('ping', {});
  await caller.call('user.login', user);
}

async function changePassword(scene: Scene, root: Caller): Promise<void> {
  const user = `${scene.name}-renamed`;
  const change = { user, current: 'secret', next: 'other secret' };
  await root.refused('user.password', { ...change, current: 'wrong' }, 42);
  await root.call('user.password', change);
  const caller = await scene.connect('b');
  await caller.refused('user.login', { username: user, password: 'secret' }, 42);
  await caller.optional('ping', {});
  await caller.call('user.login', { username: user, password: change.next });
}
