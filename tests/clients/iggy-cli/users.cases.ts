import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Iggy } from './iggy.ts';

const iggy = await Iggy.start();
after(() => iggy.stop());

const MISSING = /Resource with key: .*was not found/;
const UNAUTHORIZED = /Unauthorized/;
const INACTIVE = /User inactive/;
const WRONG = /Invalid credentials/;

function as(username: string, password = 'secret') {
  return { login: `--username ${username} --password ${password}` };
}

/** The permissions that a nested table names as given. */
function granted(table: string): string[] {
  const lines = table.split('\n').filter((line) => /\| true$/.test(line));
  return lines.map((line) => line.replace(/ *\| true$/, '').trim());
}

describe('user create', () => {
  it('makes a user who can log in', async () => {
    const printed = await iggy.print('user create ann secret');
    assert.equal(printed, 'User with username: ann created');
    const { 'User ID': id } = await iggy.properties('user get ann');
    assert.equal((await iggy.properties('me', as('ann')))['User ID'], id);
    await iggy.fail('stream list', UNAUTHORIZED, as('ann'));
  });

  it('gives permissions on everything, on streams and on topics', async () => {
    await iggy.print(
      'u c bob secret --user-status active --global-permissions p_msg,send_messages ' +
        '--stream-permissions 3:m_str,r_top#1:p_msg,send_messages -s 7',
    );
    const shown = await iggy.properties('u g bob');
    assert.deepEqual(granted(shown.Global), ['Poll Messages', 'Send Messages']);
    const [stream, topic] = shown['Stream: 3'].split('Topic: 1');
    assert.deepEqual(granted(stream), ['Manage Stream', 'Read Topics']);
    const nested = topic.split('\n').map((line) => line.replace(/^ *\| */, ''));
    assert.deepEqual(granted(nested.join('\n')), ['Poll Messages', 'Send Messages']);
    assert.deepEqual(granted(shown['Stream: 7']), []);
  });

  it('makes an inactive user, who cannot log in', async () => {
    await iggy.print('user create idle secret --user-status inactive');
    assert.equal((await iggy.properties('user get idle')).Status, 'inactive');
    await iggy.fail('me', INACTIVE, as('idle'));
  });

  it('refuses a taken name, and names and passwords that are too short', async () => {
    await iggy.fail('user create iggy secret', /User already exists/);
    await iggy.fail('user create x secret', /Invalid username/);
    await iggy.fail('user create short x', /Invalid password/);
    await iggy.misuse('user create odd secret -g fly', /invalid value 'fly'/);
  });
});

describe('user get', () => {
  it('shows a user by name and by number', async () => {
    const shown = await iggy.properties('user get iggy');
    assert.equal(shown['User ID'], '0');
    assert.equal(shown.Status, 'active');
    assert.equal(shown.Username, 'iggy');
    assert.match(shown.Created, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    assert.equal(granted(shown.Global).length, 10);
    assert.deepEqual(await iggy.properties('user get 0'), shown);
  });

  it('says that a user is missing', async () => {
    assert.equal(await iggy.print('user get nobody'), 'User with ID: nobody was not found');
  });
});

describe('user list', () => {
  it('shows all users as a table and as a list', async () => {
    const rows = await iggy.table('user list');
    assert.deepEqual(Object.keys(rows[0]), ['ID', 'Created', 'Status', 'Username']);
    const { ID: id, Created: created } = rows[0];
    const lines = await iggy.list('u l');
    assert.equal(lines.length, rows.length);
    assert.deepEqual(lines[0], [id, created, 'active', 'iggy']);
  });

  it('is refused to a user without permissions', async () => {
    await iggy.print('user create curious secret');
    await iggy.fail('user list', UNAUTHORIZED, as('curious'));
  });
});

describe('user name', () => {
  it('gives a user another name', async () => {
    await iggy.print('user create before secret');
    const printed = await iggy.print('user name before behind');
    assert.equal(printed, 'User with ID: before updated with username: behind');
    await iggy.print('me', as('behind'));
    await iggy.fail('me', WRONG, as('before'));
  });

  it('refuses a name that is taken, and a missing user', async () => {
    await iggy.print('user create mine secret');
    await iggy.fail('user name mine iggy', /already exists/);
    await iggy.fail('user name nobody other', MISSING);
  });
});

describe('user status', () => {
  it('shuts a user out and lets it in again', async () => {
    await iggy.print('user create guest secret');
    const printed = await iggy.print('user status guest inactive');
    assert.equal(printed, 'User with ID: guest updated with status: inactive');
    await iggy.fail('me', INACTIVE, as('guest'));
    await iggy.print('user status guest active');
    await iggy.print('me', as('guest'));
  });

  it('refuses a missing user', () => iggy.fail('user status nobody active', MISSING));
});

describe('user password', () => {
  it('changes a password', async () => {
    await iggy.print('user create changed secret');
    const printed = await iggy.print('user password changed secret other');
    assert.equal(printed, 'Password for user with ID: changed changed');
    await iggy.print('me', as('changed', 'other'));
    await iggy.fail('me', WRONG, as('changed'));
  });

  it('reads the passwords that are not given from its input', async () => {
    await iggy.print('user create asked secret');
    const input = 'secret\nother\n';
    const printed = await iggy.print('user password asked', { input });
    assert.equal(printed, 'Password for user with ID: asked changed');
    await iggy.print('me', as('asked', 'other'));
  });

  it('lets a user change its own', async () => {
    await iggy.print('user create own secret');
    await iggy.print('user pwd own secret other', as('own'));
    await iggy.print('me', as('own', 'other'));
  });

  it('refuses a wrong password and a missing user', async () => {
    await iggy.print('user create guarded secret');
    await iggy.fail('user password guarded wrong other', WRONG);
    await iggy.print('me', as('guarded'));
    await iggy.fail('user password nobody secret other', MISSING);
  });
});

describe('user permissions', () => {
  it('gives permissions and takes all of them', async () => {
    await iggy.print('user create reader secret');
    const printed = await iggy.print('user permissions reader --global-permissions read_streams');
    assert.equal(printed, 'Permissions for user with ID: reader updated');
    assert.deepEqual(granted((await iggy.properties('u g reader')).Global), ['Read Streams']);
    await iggy.print('stream list', as('reader'));
    await iggy.print('user permissions reader');
    assert.equal((await iggy.properties('u g reader')).Global, undefined);
    await iggy.fail('stream list', UNAUTHORIZED, as('reader'));
  });

  it('gives permissions on one topic', async () => {
    await iggy.print('stream create dev');
    await iggy.print('topic create dev open 1 none');
    await iggy.print('topic create dev closed 1 none');
    await iggy.print('user create writer secret');
    await iggy.print('user permissions writer -s 0#0:s_msg');
    await iggy.print('message send 0 0 one', as('writer'));
    await iggy.fail('message send 0 1 one', UNAUTHORIZED, as('writer'));
    await iggy.fail('message poll 0 0 0 --first', UNAUTHORIZED, as('writer'));
  });

  it('refuses a missing user, and to change those of root', async () => {
    await iggy.fail('user permissions nobody', MISSING);
    await iggy.fail('user permissions iggy', /Cannot change permissions for user with ID: 0/);
  });
});

describe('user delete', () => {
  it('removes a user, who can no longer log in', async () => {
    await iggy.print('user create removed secret');
    assert.equal(await iggy.print('user delete removed'), 'User with ID: removed deleted');
    await iggy.fail('me', WRONG, as('removed'));
  });

  it('refuses a missing user, and root', async () => {
    await iggy.fail('user delete nobody', MISSING);
    await iggy.fail('user delete iggy', /Cannot delete user with ID: 0/);
  });
});
