// Lets Schemathesis, a fuzzer for OpenAPI, call every operation of a private broker with whatever
// its document allows and forbids: no answer may be a 5xx, have a status or a type that the
// document does not name, or a body that does not fit its schema. The tool is installed once into a
// cache folder. Usage: node scripts/test-openapi.mjs [--examples N] [--seed N]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { build, isBuildFresh } from './build.mjs';
import { root } from './run.mjs';

const VERSION = '4.32.5';
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];
/**
 * One would end the session that all other calls are made in; the others answer events for as long
 * as somebody reads, and the tool reads to the end. The contract test calls those.
 */
const LEFT_OUT = ['logout', 'followMessages', 'followGroupSession'];
const LIMIT_MS = 20 * 60_000;

const cacheRoot = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'veltro-clients');

/** Ends with a message that cannot be overlooked; not being able to test fails nothing. */
function skip(reason) {
  console.log(`\n*** SKIPPED: the API is not fuzzed: ${reason}. ***\n`);
  process.exit(0);
}

function installedTool() {
  const folder = join(cacheRoot, `schemathesis-${VERSION}`);
  const tool = join(folder, 'bin', 'schemathesis');
  const stamp = join(folder, '.installed');
  if (existsSync(stamp)) return tool;
  if (spawnSync('python3', ['-c', 'import ensurepip, venv']).status !== 0) {
    skip('Python 3 with venv is not installed');
  }
  console.log(`Installing Schemathesis ${VERSION} (once) …`);
  const pip = ['install', '--quiet', '--disable-pip-version-check', `schemathesis==${VERSION}`];
  for (const [command, parameters] of [
    ['python3', ['-m', 'venv', '--clear', folder]],
    [join(folder, 'bin', 'pip'), pip],
  ]) {
    const { status } = spawnSync(command, parameters, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) throw new Error('Schemathesis could not be installed.');
  }
  writeFileSync(stamp, '');
  return tool;
}

/** Starts a broker on free ports; resolves with its process and its address. */
function startBroker(dataDir) {
  const main = join(root, 'dist', 'src', 'cli', 'main.js');
  const places = [
    '--tcp',
    'off',
    '--websocket',
    'off',
    '--http',
    '127.0.0.1:0',
    '--data-dir',
    dataDir,
  ];
  const fixed = ['--threads', '1', '--with-default-root-credentials', '--log-format', 'json'];
  const child = spawn(process.execPath, [main, 'start', ...places, ...fixed], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The broker ended with code ${code}.`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { event, http } = JSON.parse(line);
      if (event === 'ready') resolve({ child, url: `http://${http}` });
    });
  });
}

async function post(url, body, token) {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answers ${response.status}.`);
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

/** A user who may do everything, and something to find. Returns the token. */
async function furnish(url) {
  const login = await post(`${url}/users/login`, { username: 'iggy', password: 'iggy' });
  const { token } = login.access_token;
  await post(`${url}/streams`, { name: 'dev' }, token);
  const topic = { name: 'events', partitions_count: 2, compression_algorithm: 'none' };
  const sizes = { message_expiry: 0, max_topic_size: 0 };
  await post(`${url}/streams/dev/topics`, { ...topic, ...sizes }, token);
  return token;
}

const { values } = parseArgs({
  options: { examples: { type: 'string', default: '30' }, seed: { type: 'string' } },
});
if (!isBuildFresh()) build();
const tool = installedTool();
const dataDir = mkdtempSync(join(tmpdir(), 'veltro-openapi-'));
process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));
const { child, url } = await startBroker(dataDir);
const token = await furnish(url);
const words = [
  'run',
  `${url}/openapi.json`,
  ...['--header', `Authorization: Bearer ${token}`],
  ...['--checks', CHECKS.join(',')],
  ...['--max-examples', values.examples],
  ...LEFT_OUT.flatMap((id) => ['--exclude-operation-id', id]),
  ...['--phases', 'examples,coverage,fuzzing'],
  ...(values.seed === undefined ? [] : ['--seed', values.seed]),
];
const { status } = spawnSync(tool, words, {
  cwd: dataDir,
  stdio: ['ignore', 'inherit', 'inherit'],
  timeout: LIMIT_MS,
});
child.removeAllListeners('exit');
child.kill('SIGTERM');
process.exitCode = status ?? 1;
