import { readdir, readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';

const THREADS_FOLDER = '/proc/self/task';
/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** Names and values below each other. */
export function factLines(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

/**
 * The process of the broker and its threads. What else runs on the machine is not told: a snapshot
 * is for everybody who may log in, and command lines often hold passwords, also our own.
 */
export async function processList(): Promise<string> {
  const { pid, ppid, execPath, platform, arch, versions } = process;
  const facts = {
    pid,
    ppid,
    execPath,
    platform,
    arch,
    uptimeSeconds: Math.round(process.uptime()),
  };
  const versionFacts = { node: versions.node, v8: versions.v8, uv: versions.uv };
  return `${factLines({ ...facts, ...versionFacts })}\n${await threadList()}`;
}

async function threadList(): Promise<string> {
  const ids = await readdir(THREADS_FOLDER).catch(() => undefined);
  if (ids === undefined) return 'Threads are listed on Linux only.\n';
  const lines = await Promise.all(ids.map(threadLine));
  return ['thread  state  processor seconds  name', ...lines.flat(), ''].join('\n');
}

/** None for a thread that has ended meanwhile. */
async function threadLine(id: string): Promise<string[]> {
  const text = await readFile(`${THREADS_FOLDER}/${id}/stat`, 'utf8').catch(() => '');
  const match = /^\d+ \((.*)\) (\S)((?: -?\d+)+)/s.exec(text);
  if (match === null) return [];
  const [, name, state, rest] = match;
  const [userTicks, systemTicks] = rest.trim().split(' ').slice(10, 12).map(Number);
  const seconds = ((userTicks + systemTicks) / TICKS_PER_SECOND).toFixed(2);
  return [`${id.padStart(6)}  ${state.padEnd(5)}  ${seconds.padStart(17)}  ${name}`];
}

/** What the process uses, with figures that only the broker knows. */
export function resourceUsage(figures: Readonly<Record<string, unknown>>): string {
  const memory = Object.entries(process.memoryUsage()).map(([name, bytes]) => [
    `memory.${name}`,
    bytes,
  ]);
  const usage = Object.entries(process.resourceUsage()).map(([name, value]) => [
    `process.${name}`,
    value,
  ]);
  const all = { ...figures, ...Object.fromEntries(memory), ...Object.fromEntries(usage) };
  return factLines({
    ...all,
    loadAverage: loadavg()
      .map((load) => load.toFixed(2))
      .join(' '),
  });
}
