// Runs the programs of tests/clients, each built on an official Iggy client, against private
// brokers: they write, provoke errors, and read everything back after a stop and after a kill.
// Usage: node scripts/test-clients.mjs [rust python go java] [--count N] [--groups]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { root } from './run.mjs';

/** Fewer messages would leave no room for the samples of polls and stored offsets. */
const COUNT_MIN = 1000;
const BUILD_LIMIT_MS = 20 * 60_000;
const CLIENT_LIMIT_MS = 5 * 60_000;
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 60_000;

const cacheRoot = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'veltro-clients');
const brokerMain = join(root, 'dist', 'src', 'cli', 'main.js');

/**
 * What each language needs. `tools`: commands that must succeed, with the oldest and newest
 * versions that do; the first one's version and the files in `pins` make the name of the folder for
 * built things.
 */
const LANGUAGES = {
  rust: {
    tools: [['cargo', ['--version'], [1, 89]]],
    pins: ['Cargo.lock'],
    build: buildRust,
    command: (folder) => [join(folder, 'debug', 'veltro-clients-rust')],
  },
  python: {
    tools: [
      ['python3', ['--version'], [3, 10], [3, 13]],
      ['python3', ['-c', 'import ensurepip, venv']],
    ],
    pins: ['requirements.txt'],
    build: buildPython,
    command: (folder) => [join(folder, 'bin', 'python'), '-B', sourceOf('python', 'main.py')],
  },
  go: {
    tools: [['go', ['version'], [1, 25]]],
    pins: ['go.mod', 'go.sum'],
    build: buildGo,
    command: (folder) => [join(folder, 'clients')],
  },
  java: {
    tools: [
      ['javac', ['-version'], [17, 0]],
      ['mvn', ['--version']],
    ],
    pins: ['pom.xml'],
    build: buildJava,
    command: (folder) => {
      const path = [join(folder, 'classes'), join(folder, 'dependency', '*')].join(delimiter);
      return ['java', '-cp', path, 'veltro.clients.Main'];
    },
  },
};

function sourceOf(language, ...names) {
  return join(root, 'tests', 'clients', language, ...names);
}

/** Why a language cannot be tested here, or undefined when it can. */
function whyMissing({ tools }) {
  for (const [command, parameters, oldest = [0, 0], newest = [Infinity, 0]] of tools) {
    const result = spawnSync(command, parameters, { encoding: 'utf8' });
    if (result.error || result.status !== 0) return `${command} ${parameters.join(' ')} fails`;
    const version = versionIn(result.stdout);
    if (isOlder(version, oldest))
      return `${result.stdout.trim()} is older than ${oldest.join('.')}`;
    if (isOlder(newest, version))
      return `${result.stdout.trim()} is newer than ${newest.join('.')}`;
  }
  return undefined;
}

function versionIn(text) {
  const found = /(\d+)(?:\.(\d+))?/.exec(text);
  return [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
}

function isOlder([major, minor], [otherMajor, otherMinor]) {
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/** Outside the clone, so that a fresh clone finds what an earlier one compiled. */
function cacheFolder(language) {
  const { tools, pins } = LANGUAGES[language];
  const hash = createHash('sha256');
  for (const pin of pins) hash.update(readFileSync(sourceOf(language, pin)));
  hash.update(spawnSync(tools[0][0], tools[0][1]).stdout);
  const folder = join(cacheRoot, `${language}-${hash.digest('hex').slice(0, 12)}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Runs one command of a build; what it printed is shown only when it fails. */
function runQuietly(language, command, parameters, environment = {}) {
  const result = spawnSync(command, parameters, {
    cwd: sourceOf(language),
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: BUILD_LIMIT_MS,
  });
  if (result.status === 0) return;
  const printed = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim();
  const reason = result.error?.message ?? `exit code ${result.status ?? result.signal}`;
  throw new Error(`${command} ${parameters[0]}: ${reason}\n${printed}`);
}

function buildRust(folder) {
  runQuietly('rust', 'cargo', ['build', '--locked', '--jobs', '2'], { CARGO_TARGET_DIR: folder });
}

function buildPython(folder) {
  const stamp = join(folder, '.installed');
  if (existsSync(stamp)) return;
  runQuietly('python', 'python3', ['-m', 'venv', '--clear', folder]);
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '-r', 'requirements.txt'];
  runQuietly('python', join(folder, 'bin', 'python'), pip);
  writeFileSync(stamp, '');
}

function buildGo(folder) {
  runQuietly('go', 'go', ['build', '-mod=readonly', '-o', join(folder, 'clients'), '.']);
}

function buildJava(folder) {
  const goals = ['compile', 'dependency:copy-dependencies', '-DincludeScope=runtime'];
  const places = [`-Dbuild.folder=${folder}`, `-DoutputDirectory=${join(folder, 'dependency')}`];
  runQuietly('java', 'mvn', ['--quiet', '--batch-mode', ...goals, ...places]);
}

/** The environment without settings of brokers and clients that would change what is tested. */
function plainEnvironment() {
  const names = Object.keys(process.env).filter((name) => !/^(IGGY|VELTRO)_/.test(name));
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

/** Brokers and clients that must not outlive this process. */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

/** Starts a broker on a data directory; answers its process and address once it is ready. */
async function startBroker(dataDir) {
  const places = ['--tcp', '127.0.0.1:0', '--data-dir', dataDir, '--threads', '2'];
  // The other transports listen on fixed ports, where a broker of the user may be.
  const others = ['--http', 'off', '--quic', 'off', '--websocket', 'off'];
  const options = ['--with-default-root-credentials', '--log-format', 'json'];
  const parameters = ['start', ...places, ...others, ...options];
  const child = spawn(process.execPath, [brokerMain, ...parameters], {
    cwd: dataDir,
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const broker = { child, exited: once(child, 'exit'), lines: [] };
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.stderr.on('data', (chunk) => broker.lines.push(String(chunk).trimEnd()));
  broker.address = await readyAddress(broker);
  return broker;
}

function readyAddress(broker) {
  return new Promise((resolve, reject) => {
    const fail = (reason) => {
      broker.child.kill('SIGKILL');
      reject(new Error(`${reason}\n${lastLines(broker)}`));
    };
    const timer = setTimeout(fail, START_LIMIT_MS, 'the broker was not ready in time');
    broker.exited.then(() => fail('the broker ended before it was ready'), fail);
    createInterface({ input: broker.child.stdout }).on('line', (line) => {
      broker.lines.push(line);
      const address = line.includes('"ready"') ? addressOf(line) : undefined;
      if (!address) return;
      clearTimeout(timer);
      resolve(address);
    });
  });
}

function addressOf(line) {
  const message = JSON.parse(line);
  return message.event === 'ready' ? message.tcp : undefined;
}

function lastLines(broker) {
  return broker.lines.slice(-20).join('\n');
}

/** Ends a broker; a SIGTERM must lead to exit code 0. */
async function endBroker(broker, signal) {
  broker.child.kill(signal);
  const stopped = new AbortController();
  const late = sleep(STOP_LIMIT_MS, undefined, { signal: stopped.signal }).catch(() => {});
  const ending = await Promise.race([broker.exited, late]);
  stopped.abort();
  if (ending && (signal === 'SIGKILL' || ending[0] === 0)) return;
  broker.child.kill('SIGKILL');
  const how = ending ? `ended with ${ending[0] ?? ending[1]}` : 'did not end in time';
  throw new Error(`after ${signal} the broker ${how}\n${lastLines(broker)}`);
}

/** Runs a client program in one mode; answers the line of JSON that it printed. */
async function runClient(command, broker, mode, count) {
  const [program, ...parameters] = command;
  const child = spawn(program, [...parameters, broker.address, mode, String(count)], {
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: CLIENT_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    printed.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    printed.stderr += chunk;
  });
  const [code, signal] = await once(child, 'close');
  const line = printed.stdout.trim().split('\n').at(-1);
  if (code === 0 && JSON.parse(line).ok === true) return line;
  const ending = code === null ? `killed by ${signal}` : `exit code ${code}`;
  throw new Error(`${ending}\n${printed.stderr.trim()}\nbroker:\n${lastLines(broker)}`);
}

/** Runs one named step and notes how it went; answers whether it passed. */
async function step(results, language, name, action) {
  const startMs = Date.now();
  const result = { language, name, outcome: 'passed', detail: '' };
  try {
    result.detail = (await action()) ?? '';
  } catch (error) {
    result.outcome = 'failed';
    result.detail = error.message;
  }
  result.seconds = ((Date.now() - startMs) / 1000).toFixed(1);
  results.push(result);
  console.log(`${language} ${name}: ${result.outcome} (${result.seconds} s) ${result.detail}`);
  return result.outcome === 'passed';
}

/**
 * Runs the client's modes in a row; an ending (`SIGTERM`, `SIGKILL`) stops the broker and starts it
 * again. Later actions build on earlier ones, so that the first failure ends the scenario.
 */
async function scenario(results, language, count, actions) {
  const command = LANGUAGES[language].command(cacheFolder(language));
  const dataDir = mkdtempSync(join(tmpdir(), `veltro-clients-${language}-`));
  let broker;
  const perform = async (action) => {
    if (action.startsWith('SIG')) await endBroker(broker, action);
    else if (action !== 'start') return runClient(command, broker, action, count);
    broker = await startBroker(dataDir);
  };
  try {
    for (const action of ['start', ...actions]) {
      if (!(await step(results, language, action, () => perform(action)))) return;
    }
    await step(results, language, 'stop', () => endBroker(broker, 'SIGTERM'));
  } finally {
    broker?.child.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/**
 * The second scenario kills the broker right after the last answer to a write. Consumer groups are
 * asked for by `--groups` alone, as long as the broker answers them with status 3.
 */
function scenarios(withGroups) {
  const groups = withGroups ? ['group'] : [];
  return [
    ['write', 'errors', 'SIGTERM', 'verify', 'SIGKILL', 'verify', ...groups],
    ['write', 'SIGKILL', 'verify'],
  ];
}

async function testLanguage(results, language, count) {
  const missing = whyMissing(LANGUAGES[language]);
  if (missing) {
    console.log(`\n*** SKIPPED: the ${language} client is not tested: ${missing}. ***\n`);
    results.push({ language, name: 'all', outcome: 'skipped', detail: missing, seconds: '0.0' });
    return;
  }
  const build = () => LANGUAGES[language].build(cacheFolder(language));
  if (!(await step(results, language, 'build', build))) return;
  for (const actions of scenarios(values.groups)) await scenario(results, language, count, actions);
}

function printTable(results) {
  const rows = results.map(({ language, name, outcome, seconds, detail }) => [
    language.padEnd(8),
    name.padEnd(8),
    outcome.padEnd(8),
    `${seconds} s`.padStart(8),
    ` ${detail.split('\n')[0]}`,
  ]);
  console.log(`\n${rows.map((row) => row.join(' ')).join('\n')}\n`);
}

function printCounts(results) {
  const count = (outcome) => results.filter((result) => result.outcome === outcome).length;
  const skipped = count('skipped') === 0 ? '' : `, ${count('skipped')} skipped`;
  console.log(`${count('passed')} passed, ${count('failed')} failed${skipped}`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '100000' },
    groups: { type: 'boolean', default: false },
  },
});
const languages = positionals.length === 0 ? Object.keys(LANGUAGES) : positionals;
const unknown = languages.filter((language) => !Object.hasOwn(LANGUAGES, language));
if (unknown.length > 0) {
  console.error(`Unknown language: ${unknown.join(', ')}. Known: ${Object.keys(LANGUAGES)}.`);
  process.exit(2);
}
const count = Number(values.count);
if (!Number.isSafeInteger(count) || count < COUNT_MIN) {
  console.error(`--count takes a number from ${COUNT_MIN} on.`);
  process.exit(2);
}
const results = [];
for (const language of languages) await testLanguage(results, language, count);
printTable(results);
printCounts(results);
process.exitCode = results.some((result) => result.outcome === 'failed') ? 1 : 0;
