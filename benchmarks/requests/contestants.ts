import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningServer, runToEnd, startServer } from '../ceiling/processes.ts';
import {
  compile,
  compilerVersion,
  type Program,
  veltroArguments,
  veltroProgram,
} from '../ceiling/tools.ts';
import type { ContestantName, LoadMode, LoadResult, Measurement } from './measurement.ts';

const LOAD_DEADLINE_SECONDS = 600;

/** The programs in C. */
export interface RequestTools {
  /** One sentence for the report. */
  readonly description: string;
  readonly load: Program;
  readonly server: Program;
}

/** One server, and the programs that put load on it. */
export interface Contestant {
  readonly name: ContestantName;
  readonly server: RunningServer;
  readonly tools: RequestTools;
}

/** How much of a kind of load, and on what. */
export interface Load {
  readonly mode: LoadMode;
  readonly connections: number;
  readonly depth: number;
  readonly topics: number;
  /** Of each topic. */
  readonly partitions: number;
  /** Messages in each partition that polls choose from. */
  readonly messages: number;
  readonly milliseconds: number;
  /** Each connection goes round all partitions instead of staying with one. */
  readonly rotates?: boolean;
}

const echo: Program = {
  command: process.execPath,
  arguments: [fileURLToPath(new URL('./echo-server.js', import.meta.url))],
};

/** Compiles the tools by `$CC` or `cc`; throws without a compiler. */
export function findRequestTools(): RequestTools {
  const compiler = process.env.CC || 'cc';
  const version = compilerVersion(compiler);
  if (version === undefined) {
    throw new Error(`Small requests need a load generator in C, and ${compiler} does not run.`);
  }
  const program = (name: string) => ({
    command: compile(compiler, version, name, 'requests'),
    arguments: [],
  });
  return {
    description: `Load generator and ceiling in C (${version}), one thread each.`,
    load: program('load'),
    server: program('server'),
  };
}

/** Starts Veltro with its data below `folder`; settings are variables of its environment. */
export async function startVeltro(
  tools: RequestTools,
  folder: string,
  threads: number,
): Promise<Contestant> {
  const words = veltroArguments(join(folder, 'veltro'), threads);
  return { name: 'veltro', server: await startServer(veltroProgram, words), tools };
}

/** Starts the ceiling with its files below `folder`. */
export async function startCeiling(tools: RequestTools, folder: string): Promise<Contestant> {
  const data = join(folder, 'ceiling');
  mkdirSync(data);
  return { name: 'ceiling', server: await startServer(tools.server, [data]), tools };
}

/** Starts the echo server. */
export async function startEcho(tools: RequestTools): Promise<Contestant> {
  return { name: 'echo', server: await startServer(echo, []), tools };
}

/** The load generator's arguments. */
export function loadArguments(port: number, load: Partial<Load>, mode: string): string[] {
  const numbers = ['connections', 'depth', 'topics', 'partitions', 'messages', 'milliseconds'];
  const given = numbers.filter((name) => load[name as keyof Load] !== undefined);
  return [
    ...[mode, String(port), '--deadline', String(LOAD_DEADLINE_SECONDS)],
    ...given.flatMap((name) => [`--${name}`, String(load[name as keyof Load])]),
    ...(load.rotates === true ? ['--rotate'] : []),
  ];
}

/** Makes topics, and messages in their partitions; or deletes all of them. */
export async function prepare(
  { server, tools }: Contestant,
  mode: 'create' | 'delete',
  load: Pick<Load, 'topics' | 'partitions' | 'messages'>,
): Promise<void> {
  await runToEnd(tools.load, loadArguments(server.port, load, mode));
}

/** Puts load on a server, and says what it took for it. */
export async function measure(
  { name, server, tools }: Contestant,
  load: Load,
  round: number,
): Promise<Measurement> {
  const mode = name === 'echo' ? 'echo' : load.mode;
  const words = [...loadArguments(server.port, load, mode), '--pid', String(server.pid)];
  const result = JSON.parse(await runToEnd(tools.load, words)) as LoadResult;
  return { ...result, mode: load.mode, round, contestant: name };
}
