// Runs every command of `iggy`, the official command line of the 0.8 generation, against private
// brokers, and prints which of its commands work. The tool is compiled once into a cache folder.
// Usage: node scripts/test-iggy-cli.mjs [--write-docs] [part of a file's name …]
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
const CASE_LIMIT_MS = 120_000;

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

function cargoVersion() {
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
  const key = createHash('sha256').update(cargoVersion()).digest('hex').slice(0, 12);
  const folder = join(cacheRoot, `iggy-cli-${VERSION}-${key}`);
  const tool = join(folder, 'bin', 'iggy');
  if (existsSync(tool)) return tool;
  console.log(`Compiling iggy-cli ${VERSION} (once, some minutes) …`);
  mkdirSync(folder, { recursive: true });
  const words = ['install', 'iggy-cli', '--version', `=${VERSION}`, '--locked', '--debug'];
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
function caseOf({ name, skip: skipped, details }, hasPassed) {
  if (!hasPassed) return { name, outcome: 'failed', reason: details.error.message };
  if (skipped === undefined) return { name, outcome: 'passed' };
  return { name, outcome: 'not possible', reason: String(skipped) };
}

/** Runs the suites; answers the cases of each command. */
async function runCases(files) {
  const commands = new Map();
  const strays = [];
  let waiting = [];
  const take = (event, hasPassed) => {
    if (event.details.type !== 'suite') waiting.push(caseOf(event, hasPassed));
    else if (waiting.length > 0) commands.set(event.name, waiting.splice(0));
  };
  const stream = runTests({ files, concurrency: 2, timeout: CASE_LIMIT_MS });
  stream.on('test:pass', (event) => take(event, true));
  stream.on('test:fail', (event) => take(event, false));
  stream.on('test:stderr', ({ message }) => process.stderr.write(message));
  for await (const _event of stream);
  strays.push(...waiting);
  return { commands, strays };
}
