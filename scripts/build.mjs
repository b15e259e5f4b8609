// Compiles TypeScript with tsc and the WebAssembly kernel with asc into dist/, and puts what a
// broker loads at a start together with esbuild.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesBelow, root, run } from './run.mjs';

const SOURCE_FOLDERS = ['src', 'workers', 'config', 'benchmarks', 'tests'];
const SOURCE_FILES = ['package.json', 'tsconfig.json', 'scripts/build.mjs'];
const stamp = join(root, 'dist', '.veltro-built');

function sourceDigest() {
  const hash = createHash('sha256');
  const sources = SOURCE_FOLDERS.flatMap((folder) => filesBelow(join(root, folder)));
  for (const path of [...sources, ...SOURCE_FILES.map((file) => join(root, file))]) {
    hash.update(relative(root, path)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

/** True when dist/ was built from exactly the sources that are here now. */
export function isBuildFresh() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceDigest();
}

function compileKernel() {
  mkdirSync(join(root, 'dist', 'workers'), { recursive: true });
  const asc = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
  run(process.execPath, [asc, '--config', 'workers/kernel/asconfig.json']);
}

/** Packages that find files by their own place: threads of theirs, and native code. */
const STAY_PACKAGES = ['piscina', 'uWebSockets.js', '@matrixai/quic', 'koffi', 'msgpackr-extract'];
/** What packages of the older kind call for modules of Node.js. */
const REQUIRE = `import { createRequire as makeRequire } from 'node:module';
var require = makeRequire(import.meta.url);`;

/**
 * Replaces an entry by one file with all it imports, packages too, so that a start reads a few
 * files instead of hundreds. What is imported late becomes a file of its own beside the entry;
 * paths that modules form from their own place must be right from there as well.
 */
function bundle(...path) {
  const entry = join(root, 'dist', ...path);
  if (!existsSync(entry)) return;
  // A fresh clone loads this file before it has any package.
  const { buildSync } = createRequire(import.meta.url)('esbuild');
  buildSync({
    entryPoints: [entry],
    outdir: dirname(entry),
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: STAY_PACKAGES,
    banner: { js: REQUIRE },
    sourcemap: true,
    logLevel: 'warning',
  });
}

/** The client for browsers in one file: what it uses of Node.js is replaced. */
function bundleForBrowsers() {
  const folder = join(root, 'dist', 'src', 'client', 'browser');
  const { buildSync } = createRequire(import.meta.url)('esbuild');
  buildSync({
    entryPoints: [join(root, 'dist', 'src', 'browser.js')],
    outfile: join(root, 'dist', 'browser', 'veltro.js'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    minify: true,
    sourcemap: true,
    inject: [join(folder, 'globals.js')],
    alias: { 'node:timers/promises': join(folder, 'timers.js') },
    legalComments: 'eof',
    logLevel: 'warning',
  });
}

function linkCommand() {
  const main = join(root, 'dist', 'src', 'cli', 'main.js');
  if (!existsSync(main)) return;
  chmodSync(main, 0o755);
  const link = join(root, 'node_modules', '.bin', 'veltro');
  rmSync(link, { force: true });
  if (process.platform !== 'win32') symlinkSync('../../dist/src/cli/main.js', link);
}

export function build() {
  const digest = sourceDigest();
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  // What the engine keeps of files that are gone would only grow.
  rmSync(join(root, 'node_modules', '.cache', 'veltro'), { recursive: true, force: true });
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '.']);
  compileKernel();
  bundle('src', 'cli', 'main.js');
  bundle('workers', 'shard.js');
  bundleForBrowsers();
  linkCommand();
  writeFileSync(stamp, digest);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) build();
