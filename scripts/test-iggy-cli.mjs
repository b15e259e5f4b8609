// Runs every command of `iggy`, the official command line of the 0.8 generation, against private
// brokers, and prints which of its commands work. The tool is compiled once into a cache folder.
// Usage: node scripts/test-iggy-cli.mjs [--write-docs] [parts of files' names …]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run as runTests } from 'node:test';
import { parseArgs } from 'node:util';
import { filesBelow, root } from './run.mjs';

/** The release that belongs to the server 0.8; later ones speak another wire. */
const VERSION = '0.13.0';
/** What its packages ask for. */
const CARGO_OLDEST = [1, 88];
const BUILD_LIMIT_MS = 45 * 60_000;
/** Of a suite file with all its runs of the tool. */
const FILE_LIMIT_MS = 300_000;

/** Of a command, from what its cases came to. */
const OUTCOMES = ['passed', 'passed in part', 'not possible', 'failed'];

const cacheRoot = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'veltro-clients');
const documentation = join(root, 'docs', 'reference', 'iggy-cli.md');

const preface = `# The official command line

<!-- Generated from a run of scripts/test-iggy-cli.mjs by its option --write-docs. -->

\`iggy\` is the command line of the Iggy project. \`npm run test:iggy-cli\` compiles the release
that speaks the 0.8 protocol, \`iggy-cli\` ${VERSION} from crates.io, and runs each of its commands
over TCP against brokers of its own: exit codes, tables, lists, quiet mode, and errors. This is what
the last run recorded here found.`;

/** Ends with a message that cannot be overlooked; not being able to test fails nothing. */
function skip(reason) {
  console.log(`\n*** SKIPPED: the official command line is not tested: ${reason}. ***\n`);
  process.exit(0);
}

function toolchain() {
  if (spawnSync('cc', ['--version']).status !== 0) skip('a C compiler (cc) is not installed');
  const { stdout, status } = spawnSync('cargo', ['--version'], { encoding: 'utf8' });
  if (status !== 0) skip('cargo is not installed');
  const [, major, minor] = /(\d+)\.(\d+)/.exec(stdout).map(Number);
  const [oldestMajor, oldestMinor] = CARGO_OLDEST;
  const isOld = major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
  if (isOld) skip(`${stdout.trim()} is older than ${CARGO_OLDEST.join('.')}`);
  return stdout;
}

/**
 * The path of the tool, compiled when it is not in the cache. Its keyring cannot be left out: the
 * package does not compile without its default features. It brings the sources of the C library
 * that talks to the keyring, so that a C compiler is all that is needed besides Rust.
 */
function builtTool() {
  const key = createHash('sha256').update(toolchain()).digest('hex').slice(0, 12);
  const folder = join(cacheRoot, `iggy-cli-${VERSION}-${key}`);
  const tool = join(folder, 'bin', 'iggy');
  if (existsSync(tool)) return tool;
  console.log(`Compiling iggy-cli ${VERSION} (once, some minutes) …`);
  mkdirSync(folder, { recursive: true });
  const words = [
    'install',
    'iggy-cli',
    '--version',
    `=${VERSION}`,
    '--locked',
    '--debug',
    '--quiet',
  ];
  const target = join(folder, 'build');
  const result = spawnSync('nice', ['cargo', ...words, '--jobs', '2', '--root', folder], {
    env: { ...process.env, CARGO_TARGET_DIR: target, CARGO_PROFILE_DEV_DEBUG: '0' },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: BUILD_LIMIT_MS,
  });
  if (result.status !== 0) {
    console.error('The official command line could not be compiled.');
    process.exit(1);
  }
  rmSync(target, { recursive: true, force: true });
  return tool;
}

/** Every command that the tool's help lists, in its order. */
function commandsOf(tool, words = []) {
  const { stdout } = spawnSync(tool, [...words, '--help'], { encoding: 'utf8' });
  const listed = /^Commands:\n((?: .*\n)+)/m.exec(stdout)?.[1];
  if (listed === undefined) return [words.join(' ')];
  const names = [...listed.matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name);
  return names
    .filter((name) => name !== 'help')
    .flatMap((name) => commandsOf(tool, [...words, name]));
}

/** What one test says of the command that its suite is named after. */
function caseOf({ name, skip: reason, details }, hasPassed) {
  if (!hasPassed) return { name, outcome: 'failed', reason: details.error.message.trim() };
  if (reason === undefined) return { name, outcome: 'passed' };
  return { name, outcome: 'not possible', reason };
}

/** Runs the suites; answers a subject with its cases for each. */
async function runSuites(files) {
  const subjects = [];
  let cases = [];
  const take = (event, hasPassed) => {
    const isSuite = event.details.type === 'suite';
    if (isSuite) subjects.push({ name: event.name, cases });
    // A file that fails as a whole, when a broker does not start or stop.
    else if (event.nesting === 0)
      subjects.push({ name: event.name, cases: [caseOf(event, false)] });
    else cases.push(caseOf(event, hasPassed));
    if (isSuite) cases = [];
  };
  const stream = runTests({ files, concurrency: 2, timeout: FILE_LIMIT_MS });
  stream.on('test:pass', (event) => take(event, true));
  stream.on('test:fail', (event) => take(event, false));
  stream.on('test:stderr', ({ message }) => process.stderr.write(message));
  for await (const _ of stream);
  return subjects;
}

/** The subjects in the order of the tool's help, then options; a command without cases failed. */
function ordered(subjects, commands) {
  const byName = new Map(subjects.map((subject) => [subject.name, subject]));
  const untested = { outcome: 'failed', name: 'has no test', reason: 'no suite has its name' };
  const known = commands.map((name) => byName.get(name) ?? { name, cases: [untested] });
  return [...known, ...subjects.filter(({ name }) => !commands.includes(name))];
}

function outcomeOf({ cases }) {
  const has = (outcome) => cases.some((found) => found.outcome === outcome);
  if (has('failed')) return 'failed';
  if (!has('passed')) return 'not possible';
  return has('not possible') ? 'passed in part' : 'passed';
}

function print(subjects) {
  for (const subject of subjects) {
    console.log(`${subject.name.padEnd(28)} ${outcomeOf(subject)}`);
    for (const { name, outcome, reason } of subject.cases) {
      if (outcome === 'failed') console.log(`    failed: ${name}\n${indented(reason)}`);
      if (outcome === 'not possible') console.log(`    *** NOT TESTED: ${name}: ${reason} ***`);
    }
  }
  const count = (outcome) => subjects.filter((subject) => outcomeOf(subject) === outcome).length;
  const counts = OUTCOMES.map((outcome) => `${count(outcome)} ${outcome}`);
  console.log(`\n${counts.join(', ')}`);
}

function indented(text) {
  return text.replaceAll(/^/gm, '        ');
}

function shown({ name, outcome, reason }) {
  if (outcome === 'passed') return name;
  return outcome === 'failed' ? `**failed:** ${name}` : `not possible: ${name} (${reason})`;
}

function table(title, subjects) {
  const rows = subjects.map((subject) => {
    const cases = subject.cases.map(shown).join('; ');
    return `| \`${subject.name}\` | ${outcomeOf(subject)} | ${cases} |`;
  });
  return [`| ${title} | Result | Tests |`, '|---|---|---|', ...rows].join('\n');
}

function writeDocumentation(subjects, commands) {
  const [listed, others] = [true, false].map((isListed) =>
    subjects.filter(({ name }) => commands.includes(name) === isListed),
  );
  const text = [preface, table('Command', listed), '## Options', table('Option', others)];
  writeFileSync(documentation, `${text.join('\n\n')}\n`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'write-docs': { type: 'boolean', default: false } },
});
if (values['write-docs'] && positionals.length > 0) {
  console.error('--write-docs needs the results of all suites.');
  process.exit(2);
}
const files = filesBelow(join(root, 'dist', 'tests', 'clients', 'iggy-cli'))
  .filter((path) => path.endsWith('.cases.js'))
  .filter((path) => positionals.length === 0 || positionals.some((part) => path.includes(part)));
if (files.length === 0) {
  console.error(`No suite matches ${positionals.join(', ') || 'in dist; run: npm run build'}.`);
  process.exit(2);
}
const tool = builtTool();
// Settings of the user would change what is tested.
for (const name of Object.keys(process.env)) {
  if (/^(IGGY|VELTRO)_/.test(name)) delete process.env[name];
}
process.env.VELTRO_TEST_IGGY = tool;
const commands = positionals.length === 0 ? commandsOf(tool) : [];
const subjects = ordered(await runSuites(files), commands);
print(subjects);
if (values['write-docs']) writeDocumentation(subjects, commands);
process.exitCode = subjects.some((subject) => outcomeOf(subject) === 'failed') ? 1 : 0;
