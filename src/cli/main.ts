#!/usr/bin/env node
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const NODE_MINIMUM = [20, 19] as const;

function isNodeTooOld(): boolean {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major < NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor < NODE_MINIMUM[1]);
}

/**
 * Keeps what the engine has compiled for the next start, where Node.js can (22.1 and newer), in a
 * folder that nobody but the owner of this package can write to: it is code.
 */
function keepCompiled(): void {
  const folder = new URL('../../../node_modules/.cache/veltro', import.meta.url);
  const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown };
  enableCompileCache?.(fileURLToPath(folder));
}

async function main(): Promise<void> {
  keepCompiled();
  // Everything else is imported afterwards: an old Node would fail on its syntax instead.
  const { runProgram } = await import('./program.ts');
  const { processTerminal } = await import('./terminal.ts');
  // A reader such as `head` may leave early; that is no failure of the command.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  process.exitCode = await runProgram(process.argv.slice(2), processTerminal());
}

if (isNodeTooOld()) {
  const minimum = NODE_MINIMUM.join('.');
  console.error(
    `error: Veltro needs Node.js ${minimum} or newer; this is ${process.versions.node}.`,
  );
  process.exitCode = 1;
} else {
  await main();
}
