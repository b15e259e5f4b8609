import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Iggy } from './iggy.ts';

const iggy = await Iggy.start();
after(() => iggy.stop());

const MISSING = /Resource with key: .*was not found/;

describe('pat create', () => {
  it('makes a token that logs in', async () => {
    const printed = await iggy.print('pat create made');
    const [created, token] = printed.split('\n');
    assert.equal(
      created,
      'Personal access token with name: made and without token expire time created',
    );
    const login = ['--token', token.replace(/^Token: /, '')];
    assert.equal((await iggy.properties('me', { login }))['User ID'], '0');
  });

  it('prints the token alone when quiet', async () => {
    const { code, stdout } = await iggy.run('--quiet pat create silent');
    assert.equal(code, 0);
    assert.match(stdout, /^\S{20,}\n$/);
    await iggy.print('me', { login: ['--token', stdout.trim()] });
  });

  it('takes an expiry in words, and none', async () => {
    const printed = await iggy.print('pat create brief 1day 2hours');
    assert.match(printed, /name: brief and token expire time: 1day 2h created/);
    await iggy.print('pat create endless none');
    const expiries = new Map((await iggy.list('pat list')).map(([name, time]) => [name, time]));
    assert.equal(expiries.get('endless'), 'unlimited');
    const time = Date.parse(`${expiries.get('brief')?.replace(' ', 'T')}Z`);
    const hours = (time - Date.now()) / 3_600_000;
    assert.ok(hours > 25 && hours <= 26, `it expires in ${hours} hours`);
  });

  it('makes a token that ends, after which it no longer logs in', async () => {
    const { stdout } = await iggy.run('--quiet pat create gone 1us');
    await iggy.fail('me', /server login with token/, { login: ['--token', stdout.trim()] });
  });

  it('refuses a taken name and one that is too short', async () => {
    await iggy.print('pat create taken');
    await iggy.fail('pat create taken', /Personal access token: .* already exists/);
    await iggy.fail('pat create x', /Invalid personal access token name/);
  });
});

describe('pat list', () => {
  it('shows the tokens of the user as a table and as a list', async () => {
    await iggy.print('user create ann secret');
    const login = '--username ann --password secret';
    assert.deepEqual(await iggy.table('pat list', { login }), []);
    await iggy.print('pat create own', { login });
    const row = { Name: 'own', 'Token Expiry Time': 'unlimited' };
    assert.deepEqual(await iggy.table('pat list', { login }), [row]);
    assert.deepEqual(await iggy.list('pat l', { login }), [['own', 'unlimited']]);
  });
});

describe('pat delete', () => {
  it('removes a token, which no longer logs in', async () => {
    const token = (await iggy.run('--quiet pat create removed')).stdout.trim();
    const printed = await iggy.print('pat delete removed');
    assert.equal(printed, 'Personal access token with name: removed deleted');
    await iggy.fail('me', /server login with token/, { login: ['--token', token] });
  });

  it('refuses a missing token', () => iggy.fail('pat delete none', MISSING));
});
