// What was built or downloaded is kept outside the project, in a folder for each version.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../ceiling/tools.ts';

const INSTALL_DEADLINE_MS = 15 * 60_000;
const REASON_LINES = 3;

/** Runs a command to its end and gives what it printed; throws the end of its complaints. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): string {
  const env = { ...process.env, ...options.env };
  const limits = { encoding: 'utf8', timeout: INSTALL_DEADLINE_MS, maxBuffer: 2 ** 26 } as const;
  const result = spawnSync(command, args, { ...limits, cwd: options.cwd, env });
  if (result.error) throw new Error(`${command} cannot be run: ${result.error.message}`);
  if (result.status === 0) return result.stdout;
  const lines = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-REASON_LINES);
  throw new Error(`${command} ${args[0]} ended with ${result.status}: ${lines.join(' ')}`);
}

/** The folder of one thing in one version, filled by `fill` when it is not there yet. */
export function cached(name: string, version: string, fill: (folder: string) => void): string {
  const folder = join(cacheFolder(), 'peers', `${name}-${version.replaceAll(/[^\w.+-]/g, '_')}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  process.stderr.write(`Getting ${name} ${version} …\n`);
  try {
    fill(unfinished);
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}
