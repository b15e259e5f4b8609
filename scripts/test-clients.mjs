// Builds the drivers of tests/clients, each on an official client, and plays all scenarios of the
// suite with them.
// Usage: node scripts/test-clients.mjs [veltro rust python go java node] [--count N]
//        [--transport NAME] [--only WORD] [--write-docs]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build, isBuildFresh } from './build.mjs';
import { root } from './run.mjs';

const COUNT_MIN = 1;
/** What npm says when the registry at hand does not carry a package, which is nobody's defect. */
const NOT_IN_REGISTRY = /npm error code E404/;
const BUILD_LIMIT_MS = 20 * 60_000;

const cacheRoot = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'veltro-clients');
const builtSuite = join(root, 'dist', 'tests', 'clients');

/**
 * What each language needs. `tools`: commands that must succeed, with the oldest and newest
 * versions that do; the first one's version and the files in `pins` make the name of the folder for
 * built things. `release`: the package, and the file and the pattern that tell its version.
 * `transports`: how its client is connected, each in a column of its own; TCP where none is named.
 */
const LANGUAGES = {
  veltro: {
    release: ['veltro', '../../../package.json', /"version": "(.+?)"/],
    tools: [],
    pins: [],
    transports: ['tcp', 'quic', 'http', 'ws'],
    build: () => {},
    driver: () => ({ command: [process.execPath, join(builtSuite, 'veltro', 'main.js')] }),
  },
  rust: {
    release: ['iggy (crates.io)', 'Cargo.toml', /iggy = "=(.+?)"/],
    tools: [['cargo', ['--version'], [1, 89]]],
    pins: ['Cargo.lock'],
    transports: ['tcp', 'http', 'ws'],
    build: buildRust,
    driver: (folder) => ({ command: [join(folder, 'debug', 'veltro-clients-rust')] }),
  },
  python: {
    release: ['apache-iggy (PyPI)', 'requirements.txt', /apache-iggy==(\S+)/],
    tools: [
      ['python3', ['--version'], [3, 10], [3, 13]],
      ['python3', ['-c', 'import ensurepip, venv']],
    ],
    pins: ['requirements.txt'],
    build: buildPython,
    driver: (folder) => ({
      command: [join(folder, 'bin', 'python'), '-B', sourceOf('python', 'main.py')],
    }),
  },
  go: {
    release: ['github.com/apache/iggy/foreign/go', 'go.mod', /foreign\/go v(\S+)/],
    tools: [['go', ['version'], [1, 25]]],
    pins: ['go.mod', 'go.sum'],
    build: buildGo,
    driver: (folder) => ({ command: [join(folder, 'clients')] }),
  },
  java: {
    release: [
      'org.apache.iggy:iggy (Maven Central)',
      'pom.xml',
      /<artifactId>iggy<\/artifactId>\s*<version>(.+?)</,
    ],
    tools: [
      ['javac', ['-version'], [17, 0]],
      ['mvn', ['--version']],
    ],
    pins: ['pom.xml'],
    build: buildJava,
    driver: (folder) => {
      const path = [join(folder, 'classes'), join(folder, 'dependency', '*')].join(delimiter);
      // Java 17 takes its encoding from the environment, which may have none.
      const encoding = '-Dfile.encoding=UTF-8';
      return { command: ['java', encoding, '-cp', path, 'veltro.clients.Main'] };
    },
  },
  node: {
    release: ['apache-iggy (npm)', 'package.json', /"apache-iggy": "(.+?)"/],
    tools: [['npm', ['--version']]],
    pins: ['package.json', 'package-lock.json'],
    build: buildNode,
    driver: (folder) => ({
      command: [process.execPath, sourceOf('node', 'main.mjs')],
      environment: { VELTRO_CLIENT_MODULES: join(folder, 'node_modules') },
    }),
  },
};

/** How the heads of columns name what is not TCP. */
const TRANSPORT_NAMES = { quic: 'QUIC', http: 'HTTP', ws: 'WebSocket' };

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

/**
 * Outside the clone, so that a fresh clone finds what an earlier one compiled; undefined for what
 * the build of the project has made.
 */
function cacheFolder(language) {
  const { tools, pins } = LANGUAGES[language];
  if (pins.length === 0) return undefined;
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

/**
 * Sources that are interpreted stay in the clone; only what they need is installed elsewhere. A
 * package that was put there by hand is taken as it is.
 */
function buildNode(folder) {
  if (existsSync(join(folder, 'node_modules', 'apache-iggy', 'package.json'))) return;
  for (const pin of LANGUAGES.node.pins) copyFileSync(sourceOf('node', pin), join(folder, pin));
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund'];
  runQuietly('node', 'npm', ['ci', '--prefix', folder, ...quiet]);
}

function releaseOf(language) {
  const [name, file, pattern] = LANGUAGES[language].release;
  const version = pattern.exec(readFileSync(sourceOf(language, file), 'utf8'))?.[1];
  return `${name} ${version}`;
}

/** Builds one driver and plays all scenarios with it; answers a column of the table. */
async function testColumn(suite, { language, transport }, scenarios) {
  const name = TRANSPORT_NAMES[transport];
  const client = name === undefined ? language : `${language} over ${name}`;
  const column = { client, release: releaseOf(language), cells: [] };
  const missing = whyMissing(LANGUAGES[language]);
  if (missing) return skipped(column, missing);
  const report = (cell) => printCell(client, cell);
  const folder = cacheFolder(language);
  try {
    LANGUAGES[language].build(folder);
  } catch (error) {
    if (NOT_IN_REGISTRY.test(error.message)) return skipped(column, error.message);
    const cell = {
      scenario: 'build',
      outcome: 'failed',
      reason: error.message,
      notes: [],
      seconds: 0,
    };
    report(cell);
    return { ...column, missing: 'its driver does not build', cells: [cell] };
  }
  const [command, helper] = [LANGUAGES[language].driver(folder), LANGUAGES.veltro.driver()];
  const trial = { command, helper, scenarios, count, transport, report };
  return { ...column, cells: await suite.runTrial(trial) };
}

function skipped(column, missing) {
  console.log(`\n*** SKIPPED: the ${column.client} client is not tested: ${missing}. ***\n`);
  return { ...column, missing };
}

function printCell(client, { scenario, outcome, reason, notes, seconds }) {
  const time = `(${seconds.toFixed(1)} s)`;
  const details = [...(reason === '' ? [] : [reason]), ...notes];
  console.log([`${client}, ${scenario}: ${outcome} ${time}`, ...details].join('\n    '));
}

function end(text, code) {
  console.error(text);
  process.exit(code);
}

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '100000' },
    only: { type: 'string', default: '' },
    transport: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
  },
});
const languages = positionals.length === 0 ? Object.keys(LANGUAGES) : positionals;
const unknown = languages.filter((language) => !Object.hasOwn(LANGUAGES, language));
if (unknown.length > 0) end(`Unknown client: ${unknown}. Known: ${Object.keys(LANGUAGES)}.`, 2);
const count = Number(values.count);
if (!Number.isSafeInteger(count) || count < COUNT_MIN) {
  end(`--count takes a number from ${COUNT_MIN} on.`, 2);
}
const isPartial = positionals.length > 0 || values.only !== '' || values.transport !== undefined;
if (values['write-docs'] && isPartial) {
  end('--write-docs needs all clients, transports and scenarios.', 2);
}
const places = languages
  .flatMap((language) => {
    const { transports = ['tcp'] } = LANGUAGES[language];
    return transports.map((transport) => ({ language, transport }));
  })
  .filter(({ transport }) => transport === (values.transport ?? transport));
if (places.length === 0) end(`No client is connected by ${values.transport}.`, 2);
if (!isBuildFresh()) build();
const suite = await import(pathToFileURL(join(builtSuite, 'suite', 'suite.js')).href);
const scenarios = suite.scenarios.filter(({ title }) => title.includes(values.only));
if (scenarios.length === 0) end(`No scenario has "${values.only}" in its title.`, 2);
const columns = [];
for (const place of places) columns.push(await testColumn(suite, place, scenarios));
console.log(`\n${suite.textTable(columns, suite.titlesOf(scenarios))}\n`);
if (values['write-docs']) {
  const text = suite.clientReference(columns, suite.titlesOf(scenarios));
  writeFileSync(join(root, 'docs', 'reference', 'clients.md'), text);
}
console.log(suite.countsLine(columns, suite.titlesOf(scenarios)));
const cells = columns.flatMap((column) => column.cells);
process.exitCode = cells.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
