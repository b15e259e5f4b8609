import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CeilingVariant } from './arguments.ts';

const FLAGS = ['-O2', '-pthread'];
const COMPILE_DEADLINE_MS = 60_000;

/** A program with the arguments that come before all others. */
export interface Program {
  readonly command: string;
  readonly arguments: readonly string[];
  /** Variables besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where it runs; default: where this process does. */
  readonly folder?: string;
}

/** The load generator and the ceiling server, in one of two languages. */
export interface Tools {
  readonly language: 'C' | 'Node';
  /** One sentence for the report. */
  readonly description: string;
  readonly load: Program;
  readonly server: Program;
}

/** The project's folder, seen from the compiled file. */
export const projectFolder = fileURLToPath(new URL('../../..', import.meta.url));

/** This project, as built. */
export const veltroProgram: Program = {
  command: process.execPath,
  arguments: [fileURLToPath(new URL('../../src/cli/main.js', import.meta.url)), 'start'],
};

/** What it is started with: TCP on a free port, nothing else. */
export function veltroArguments(dataDir: string, threads: number): string[] {
  return [
    ...['--tcp', '127.0.0.1:0', '--http', 'off', '--quic', 'off', '--websocket', 'off'],
    ...['--data-dir', dataDir, '--threads', String(threads)],
    ...['--with-default-root-credentials', '--log-format', 'json'],
  ];
}

/** The first line of what a C compiler says of itself; undefined when there is none. */
export function compilerVersion(compiler: string): string | undefined {
  const result = spawnSync(compiler, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  return result.status === 0 ? result.stdout.split('\n')[0] : undefined;
}

/** Where things are kept that were compiled or downloaded for benchmarks. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'veltro-bench');
}

/** Compiles `benchmarks/FOLDER/NAME.c`, unless that was done before; returns the program's path. */
export function compile(
  compiler: string,
  version: string,
  name: string,
  folder = 'ceiling',
): string {
  const sources = join(projectFolder, 'benchmarks');
  const source = join(sources, folder, `${name}.c`);
  const header = join(sources, 'ceiling', 'common.h');
  const hash = createHash('sha256').update(version).update(FLAGS.join(' '));
  const digest = hash.update(readFileSync(source)).update(readFileSync(header)).digest('hex');
  const binary = join(cacheFolder(), `${folder}-${name}-${digest.slice(0, 16)}`);
  if (existsSync(binary)) return binary;
  mkdirSync(cacheFolder(), { recursive: true });
  const unfinished = `${binary}.${process.pid}`;
  const options = { encoding: 'utf8', timeout: COMPILE_DEADLINE_MS } as const;
  const result = spawnSync(compiler, [...FLAGS, '-o', unfinished, source], options);
  if (result.status !== 0)
    throw new Error(`${compiler} cannot compile ${source}: ${result.stderr}`);
  renameSync(unfinished, binary);
  return binary;
}

function compiledTools(compiler: string, version: string, variant: CeilingVariant): Tools {
  const served = variant === 'threads' ? 'a thread for each connection' : 'one thread for all';
  return {
    language: 'C',
    description: `Load generator and ceiling in C (${version}), ceiling with ${served}.`,
    load: { command: compile(compiler, version, 'load'), arguments: [] },
    server: { command: compile(compiler, version, 'server'), arguments: [] },
  };
}

function nodeProgram(name: string): Program {
  const script = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  return { command: process.execPath, arguments: [script] };
}

/**
 * The tools in C, compiled on first use into a cache outside the project, by `$CC` or `cc`;
 * without a compiler the same in Node, which is a much lower ceiling.
 */
export function findTools(variant: CeilingVariant): Tools {
  const compiler = process.env.CC || 'cc';
  const version = compilerVersion(compiler);
  if (version) return compiledTools(compiler, version, variant);
  return {
    language: 'Node',
    description:
      `No C compiler (${compiler}): load generator and ceiling in Node ${process.version}, ` +
      'one thread each. Do not compare with figures made against the ceiling in C.',
    load: nodeProgram('node-load'),
    server: nodeProgram('node-server'),
  };
}
