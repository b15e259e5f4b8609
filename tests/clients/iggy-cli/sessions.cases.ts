import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Iggy, type RunOptions } from './iggy.ts';
import { Keyring, whyNoKeyring } from './keyring.ts';

const iggy = await Iggy.start();
const reason = whyNoKeyring();
const keyring = reason === undefined ? await Keyring.start(iggy.folder) : undefined;
after(async () => {
  await keyring?.stop();
  await iggy.stop();
});

const withKeyring = { skip: reason ?? false };
const environment = keyring?.environment ?? {};
const asRoot: RunOptions = { login: '--username iggy --password iggy', environment };
/** Without any word about the user. */
const bySession: RunOptions = { login: [], environment };
const noSession = /Missing iggy server credentials/;

describe('login', () => {
  it('opens a session, and later commands need no login', withKeyring, async () => {
    const printed = await iggy.print('login 1hour', asRoot);
    assert.equal(printed, `Successfully logged into Iggy server ${iggy.address}`);
    assert.equal((await iggy.properties('me', bySession))['User ID'], '0');
    const [, expiry] = (await iggy.list('pat list')).find(([name]) => /session/.test(name)) ?? [];
    const minutes = (Date.parse(`${expiry?.replace(' ', 'T')}Z`) - Date.now()) / 60_000;
    assert.ok(minutes > 58 && minutes <= 60, `it expires in ${minutes} minutes`);
    await iggy.print('logout', bySession);
  });

  it('says that there is a session already', withKeyring, async () => {
    await iggy.print('li', asRoot);
    const printed = await iggy.print('li none', bySession);
    assert.equal(printed, `Already logged into Iggy server ${iggy.address}`);
    await iggy.print('lo', bySession);
  });

  it('replaces the token of a session that the keyring has lost', withKeyring, async () => {
    await iggy.print('pat create iggy-cli-session');
    await iggy.print('login', asRoot);
    await iggy.print('me', bySession);
    await iggy.print('logout', bySession);
  });

  it('forgets a session that the broker no longer knows', withKeyring, async () => {
    await iggy.print('login', asRoot);
    await iggy.print('pat delete iggy-cli-session');
    await iggy.fail('me', /Login session expired for Iggy server/, bySession);
    await iggy.fail('me', noSession, bySession);
  });

  it('forgets a session whose time is over', withKeyring, async () => {
    await iggy.print('login 1us', asRoot);
    await iggy.fail('me', /Login session expired for Iggy server/, bySession);
    await iggy.fail('me', noSession, bySession);
  });

  it('refuses a wrong password', withKeyring, async () => {
    const login = '--username iggy --password wrong';
    await iggy.fail('login', /Invalid credentials/, { login, environment });
    await iggy.fail('me', noSession, bySession);
  });

  it('fails without a keyring', async () => {
    await iggy.fail('login', /Platform secure storage failure/, { environment: {} });
  });
});

describe('logout', () => {
  it('ends the session and removes its token', withKeyring, async () => {
    await iggy.print('login', asRoot);
    const printed = await iggy.print('logout', bySession);
    assert.equal(printed, `Successfully logged out from Iggy server ${iggy.address}`);
    await iggy.fail('me', noSession, bySession);
    const names = (await iggy.list('pat list')).map(([name]) => name);
    assert.ok(!names.includes('iggy-cli-session'), names.join());
  });

  it('has nothing to do without a session', async () => {
    const printed = await iggy.print('logout');
    assert.equal(printed, `Successfully logged out from Iggy server ${iggy.address}`);
  });
});

describe('--token-name', () => {
  it('logs in with a token that pat create kept in the keyring', withKeyring, async () => {
    const printed = await iggy.print('pat create kept --store-token', asRoot);
    assert.doesNotMatch(printed, /Token:/);
    const byName = { login: '--token-name kept', environment };
    assert.equal((await iggy.properties('me', byName))['User ID'], '0');
    await iggy.print('pat delete kept', asRoot);
    await iggy.fail('me', /No matching entry found in secure storage/, byName);
  });
});
