// Runs the test suite on other major versions of Node, which come from the packages that the
// registry's package `node` would pick by platform, and are kept in a cache folder outside the
// clone.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { root } from './run.mjs';

const wanted = process.argv.slice(2);
const majors = wanted.length > 0 ? wanted : ['20', '22', '24', '26'];
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'veltro-nodes');

function nodeOf(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const folder = join(cache, major);
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const binary = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  spawnSync('npm', ['install', `${name}@${major}`, ...options], { cwd: folder, stdio: 'inherit' });
  return existsSync(binary) ? binary : undefined;
}

let failed = 0;
for (const major of majors) {
  const node = nodeOf(major);
  if (node === undefined) {
    console.error(`Node ${major} could not be installed.`);
    failed++;
    continue;
  }
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  console.log(`\n── Node ${version} ──`);
  const result = spawnSync(node, [join(root, 'scripts', 'test.mjs')], { stdio: 'inherit' });
  if (result.status !== 0) failed++;
}
console.log(`${majors.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
