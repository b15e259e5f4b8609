import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Program } from './tools.ts';

const READY_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 15_000;
const ERROR_TEXT_MAX = 4000;

const running = new Set<ChildProcess>();

/** A server that said it is ready. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** Ends it, and kills it when it does not end by itself; resolves when it is gone. */
  stop(): Promise<void>;
}

function start(program: Program, extra: readonly string[]): ChildProcess {
  const child = spawn(program.command, [...program.arguments, ...extra], {
    stdio: 'pipe',
    cwd: program.folder,
    env: { ...process.env, ...program.environment },
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** Kills what still runs when this process ends, whatever the reason. */
export function killChildrenAtExit(): void {
  process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(1));
  }
}

function collectErrors(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-ERROR_TEXT_MAX);
  });
  return () => text.trim();
}

function portOf(line: string): number | undefined {
  if (!line.startsWith('{')) return undefined;
  const entry = JSON.parse(line) as { event?: string; tcp?: string };
  if (entry.event !== 'ready' || !entry.tcp) return undefined;
  return Number(entry.tcp.slice(entry.tcp.lastIndexOf(':') + 1));
}

function waitForPort(child: ChildProcess, errors: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`A server did not get ready in ${READY_DEADLINE_MS} ms. ${errors()}`));
    }, READY_DEADLINE_MS);
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const port = portOf(line);
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(port);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      reject(new Error(`A server ended with code ${code}. ${errors()}`));
    });
  });
}

function stop(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/** A program that goes on until it is stopped. */
export interface RunningProcess {
  readonly pid: number;
  hasEnded(): boolean;
  /** The end of what it complained about. */
  errors(): string;
  /** Ends it, and kills it when it does not end by itself; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts a program and waits for nothing. Throws when it cannot be started. */
export function startProcess(program: Program): RunningProcess {
  const child = start(program, []);
  // What nobody reads would block it one day.
  child.stdout?.resume();
  const errors = collectErrors(child);
  // Without a listener the error would end this process; `hasEnded` tells of it.
  child.once('error', () => running.delete(child));
  if (child.pid === undefined) throw new Error(`${program.command} cannot be started.`);
  return { pid: child.pid, hasEnded: () => !running.has(child), errors, stop: () => stop(child) };
}

/** Starts a server and waits for its ready line on standard output. */
export async function startServer(
  program: Program,
  extra: readonly string[],
): Promise<RunningServer> {
  const child = start(program, extra);
  try {
    const port = await waitForPort(child, collectErrors(child));
    return { pid: child.pid!, port, stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/** Runs a program to its end; gives what it printed, or throws what it complained about. */
export function runToEnd(program: Program, extra: readonly string[]): Promise<string> {
  const child = start(program, extra);
  const errors = collectErrors(child);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${extra.join(' ')} ended with ${code ?? signal}: ${errors()}`));
    });
  });
}
