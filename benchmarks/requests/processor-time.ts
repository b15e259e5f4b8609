import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of a second in the figures of the kernel; the same on every Linux today. */
const TICKS_PER_SECOND = 100;
const USER_TIME_FIELD = 11;
const SYSTEM_TIME_FIELD = 12;

/** Processor time that a process has taken so far, in seconds. */
export interface ProcessorTime {
  /** Of its first thread, which serves connections. */
  readonly main: number;
  /** Of all other threads. */
  readonly others: number;
}

/** Zero where the system does not tell, which is everywhere but on Linux. */
export function processorTime(pid: number): ProcessorTime {
  let main = 0;
  let others = 0;
  for (const thread of threadsOf(pid)) {
    const seconds = threadSeconds(pid, thread);
    if (Number(thread) === pid) main += seconds;
    else others += seconds;
  }
  return { main, others };
}

/** Resident memory in bytes; zero where the system does not tell. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`));
  return Number(line?.[1] ?? 0) * 1024;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** A thread may end between being listed and being read. */
function threadSeconds(pid: number, thread: string): number {
  const text = textOf(`/proc/${pid}/task/${thread}/stat`);
  // The name of a thread, in brackets, may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[USER_TIME_FIELD]) + Number(fields[SYSTEM_TIME_FIELD]);
  return (ticks || 0) / TICKS_PER_SECOND;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
