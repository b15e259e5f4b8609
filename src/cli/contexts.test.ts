import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { fakeTerminal } from '../../tests/support/fake-terminal.ts';
import { VeltroError } from '../client/errors.ts';
import { status } from '../wire/status.ts';
import { targetOf } from './connection.ts';
import { ContextFile, checkContextName } from './contexts.ts';
import { CommandError, UsageError } from './errors.ts';
import { runProgram } from './program.ts';

const root = mkdtempSync(join(tmpdir(), 'veltro-contexts-'));
after(() => rmSync(root, { recursive: true }));
let environment: Record<string, string>;
let path: string;

beforeEach(() => {
  const home = mkdtempSync(join(root, 'home-'));
  environment = { XDG_CONFIG_HOME: home };
  path = join(home, 'veltro', 'contexts.toml');
});

async function run(line: string, client: object = {}) {
  const terminal = fakeTerminal({ client, environment });
  const code = await runProgram(line.split(' '), terminal);
  const { connections, tokens } = terminal;
  return { code, output: terminal.output(), errors: terminal.errors(), connections, tokens };
}

/** The tokens of a broker, as the commands change them. */
function fakeTokens(failure?: Error) {
  const names: string[] = [];
  const client = {
    tokens: {
      create: async (name: string) => {
        names.push(name);
        return `text of ${name}`;
      },
      delete: async (name: string) => {
        if (failure !== undefined) throw failure;
        names.splice(names.indexOf(name), 1);
      },
    },
    ping: async () => {},
  };
  return { names, client };
}

test('contexts are saved for their owner alone, listed, chosen and deleted', async () => {
  assert.equal((await run('context list')).output, 'There are no contexts yet.\n');
  assert.equal((await run('context create one iggy://ann:secret@host')).code, 0);
  assert.equal((await run('context create two other:1?connectTimeoutMs=9')).code, 0);
  assert.ok(!readFileSync(path, 'utf8').includes('secret'));
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal((await run('context use two')).output, 'Context two is active.\n');
  const { output } = await run('context list --json');
  assert.deepEqual(JSON.parse(output), [
    { name: 'one', server: 'iggy://host:8090', isActive: false, isLoggedIn: false },
    { name: 'two', server: 'iggy://other:1?connectTimeoutMs=9', isActive: true, isLoggedIn: false },
  ]);
  assert.match((await run('context list')).output, /│ two \* +│ iggy:\/\/other:1/);
  await run('context delete two');
  const file = new ContextFile(environment);
  assert.equal(file.read().active, undefined);
  assert.deepEqual({ ...file.get('one') }, { server: 'iggy://host:8090' });
  assert.equal(file.find('two'), undefined);
});

test('a context that there is not, and a name that none may have, are told', async () => {
  const missing = 'error: There is no context none; see veltro context list.\n';
  for (const line of ['context use none', 'context delete none', 'ping --context none']) {
    const { code, errors } = await run(line);
    assert.deepEqual([code, errors], [1, missing], line);
  }
  for (const name of ['', '-a', 'a b', 'ä', 'x'.repeat(65)]) {
    assert.throws(() => checkContextName(name), UsageError);
  }
  assert.equal(checkContextName('a.b-c_1'), 'a.b-c_1');
  const names = ['__proto__', 'constructor'];
  for (const name of names) assert.throws(() => new ContextFile(environment).get(name));
});

test('the broker is that of the option, the environment, the active context, or the local one', () => {
  new ContextFile(environment).save('one', { server: 'iggy://one:1' });
  new ContextFile(environment).save('two', { server: 'iggy://two:2', token: 'key' });
  const urlOf = (options: object, more = {}) => targetOf(options, { ...environment, ...more }).url;
  assert.equal(urlOf({}), 'iggy://iggy:iggy@one:1');
  assert.equal(urlOf({}, { VELTRO_SERVER: 'env:3' }), 'iggy://iggy:iggy@env:3');
  assert.equal(urlOf({ server: 'option:4' }), 'iggy://iggy:iggy@option:4');
  const two = targetOf({ context: 'two' }, { ...environment, VELTRO_SERVER: 'env:3' });
  assert.deepEqual(two, { url: 'iggy://two:2', token: 'key' });
  const ann = { context: 'two', username: 'ann', password: 'b' };
  assert.deepEqual(targetOf(ann, environment), { url: 'iggy://ann:b@two:2' });
  assert.throws(() => urlOf({ server: 'a', context: 'one' }), /Give --server or --context/);
  assert.equal(targetOf({}, {}).url, 'iggy://iggy:iggy@127.0.0.1:8090');
});

test('a login saves a token and not the password, and commands use it', async () => {
  const { names, client } = fakeTokens();
  const { code, output, errors } = await run('login --server host -u ann -p secret', client);
  assert.deepEqual([code, errors], [0, '']);
  assert.equal(
    output,
    'Logged in to iggy://host:8090; commands use context default from now on.\n',
  );
  assert.match(names[0], /^veltro-cli-[0-9a-f]{8}$/);
  assert.ok(!readFileSync(path, 'utf8').includes('secret'));
  const { connections, tokens } = await run('ping', client);
  assert.deepEqual([connections, tokens], [['iggy://host:8090'], [`text of ${names[0]}`]]);
});

test('a second login replaces the first, a logout ends it', async () => {
  const { names, client } = fakeTokens();
  await run('login --context prod --server host', client);
  const [first] = names;
  const again = await run('login --context prod', client);
  assert.deepEqual(again.connections, ['iggy://iggy:iggy@host:8090']);
  assert.equal(names.length, 1);
  assert.notEqual(names[0], first);
  const { output, tokens } = await run('logout', client);
  assert.equal(output, 'Logged out of iggy://host:8090.\n');
  assert.match(String(tokens[0]), /^text of veltro-cli-/);
  assert.deepEqual(names, []);
  const file = new ContextFile(environment);
  assert.equal(file.read().active, 'prod');
  assert.deepEqual({ ...file.get('prod') }, { server: 'iggy://host:8090' });
  const { code, errors } = await run('logout', client);
  assert.deepEqual([code, errors], [1, 'error: Context prod has no login.\n']);
});

test('a token that the broker has forgotten is no obstacle, any other failure is', async () => {
  const gone = fakeTokens(new VeltroError(status.ResourceNotFound));
  await run('login', gone.client);
  assert.equal((await run('login', gone.client)).code, 0);
  const broken = fakeTokens(new VeltroError(status.ConnectionClosed, 'It is lost.'));
  const { code, errors } = await run('logout', broken.client);
  assert.deepEqual([code, errors], [1, 'error: It is lost.\n']);
  assert.notEqual(new ContextFile(environment).get('default').token, undefined);
  assert.equal((await run('logout', gone.client)).code, 0);
  assert.deepEqual(Object.keys(new ContextFile(environment).get('default')), ['server']);
});

test('a saved login that is not valid any more is told as such', async () => {
  new ContextFile(environment).save('default', { server: 'iggy://host', token: 'old' });
  for (const code of [status.ResourceNotFound, status.PersonalAccessTokenExpired]) {
    const terminal = fakeTerminal({ environment });
    const connect = async () => {
      throw new VeltroError(code);
    };
    assert.equal(await runProgram(['ping'], { ...terminal, connect }), 1);
    const sentence = 'The saved login is not valid any more; log in again: veltro login.';
    assert.equal(terminal.errors(), `error: ${sentence}\n`);
  }
});

test('a file that others may read, or that is no list of contexts, is refused', () => {
  const file = new ContextFile(environment);
  file.save('one', { server: 'iggy://host' });
  for (const text of ['[', 'active = 1', 'contexts = 1', '[contexts]\none = 2', '[contexts.one]']) {
    writeFileSync(path, text);
    assert.throws(() => file.read(), /contexts.toml is no list of contexts/, text);
  }
  writeFileSync(path, '');
  assert.deepEqual(file.read(), { active: undefined, contexts: {} });
  if (process.platform === 'win32') return;
  chmodSync(path, 0o640);
  assert.throws(() => file.read(), /others may read it; run chmod 600/);
});

test('without a home nothing can be saved, and nothing is there', () => {
  const file = new ContextFile({});
  assert.deepEqual(file.read(), { contexts: {} });
  assert.throws(() => file.save('one', { server: 'a' }), CommandError);
  const atHome = new ContextFile({ HOME: environment.XDG_CONFIG_HOME });
  atHome.save('one', { server: 'a' });
  assert.ok(statSync(join(environment.XDG_CONFIG_HOME, '.config/veltro/contexts.toml')).isFile());
});
