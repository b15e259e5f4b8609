// Makes a fresh clone ready to run: checks Node, installs packages, builds. Every step is skipped
// when nothing changed since it last succeeded, so that a second start costs no time.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

const NODE_MINIMUM = [20, 19];

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const tooOld = major < NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor < NODE_MINIMUM[1]);
  if (!tooOld) return;
  console.error(
    `Veltro needs Node.js ${NODE_MINIMUM.join('.')} or newer (24 is recommended); this is ${process.versions.node}.`,
  );
  process.exit(1);
}

function installPackages() {
  const stamp = join(root, 'node_modules', '.veltro-installed');
  const lock = readFileSync(join(root, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  console.log('Installing packages (once) …');
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, digest);
}

checkNode();
installPackages();
// Only now: the build needs packages by itself.
const { build, isBuildFresh } = await import('./build.mjs');
if (!isBuildFresh()) {
  console.log('Building …');
  build();
}
