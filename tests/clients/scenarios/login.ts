import type { Scenario } from '../suite/scenario.ts';

const ROOT = { username: 'iggy', password: 'iggy' } as const;
const missing = { stream: 'no such stream' } as const;

/** Good and wrong passwords, logout, a second login, tokens instead of passwords. */
export const login: Scenario = {
  title: 'login',
  async run(scene) {
    const caller = await scene.connect('a');
    for (const wrong of [
      { username: 'iggy', password: 'wrong-password' },
      { username: 'nobody', password: 'wrong-password' },
    ]) {
      await caller.refused('user.login', wrong, 42);
      // The connection must still be usable after a refused login.
      await caller.optional('ping', {});
    }
    for (let time = 0; time < 2; time++) {
      const identity = await caller.call('user.login', ROOT);
      scene.shows('user.login', identity, { userId: 0 });
      await caller.optional('stream.get', missing);
    }
    if ((await caller.optional('user.logout', {})) === undefined) return;
    await caller.refused('stream.get', missing, 40);
    await caller.call('user.login', ROOT);
    await caller.optional('stream.get', missing);
  },
};

/** A personal access token instead of a password. */
export const tokenLogin: Scenario = {
  title: 'login with a token',
  async run(scene) {
    const root = await scene.open('root');
    const { token } = await scene.arrange(root, 'token.create', { name: scene.name });
    const caller = await scene.connect('a');
    await caller.refused('token.login', { token: 'no-such-token' }, 20);
    await caller.optional('ping', {});
    scene.shows('token.login', await caller.call('token.login', { token }), { userId: 0 });
    await caller.optional('stream.get', missing);
    await scene.arrange(root, 'token.delete', { name: scene.name });
    const late = await scene.connect('late');
    await late.refused('token.login', { token }, 20);
  },
};
