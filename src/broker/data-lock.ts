import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const FILE_NAME = 'veltro.lock';
/** Fields of /proc/<pid>/stat behind the program's name: the state first, the start time 20th. */
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;
const DEAD_STATES = ['Z', 'X'];
/** A killed process takes a moment to be gone; so long a holder is given before it counts. */
const HOLDER_GRACE_MS = 1000;
const RETRY_MS = 50;

/** Another broker has the data directory open. */
export class DataDirLocked extends Error {
  constructor(dataDir: string, pid: number) {
    super(`The data directory ${dataDir} is in use by the broker with process id ${pid}.`);
    this.name = 'DataDirLocked';
  }
}

interface Holder {
  readonly pid: number;
  /** Tells a process from a later one that got the same id; empty where the system does not say. */
  readonly startTime: string;
}

/**
 * Keeps a second broker away from a data directory. A lock whose process is gone counts for
 * nothing.
 */
export class DataLock {
  readonly #path: string;
  #isHeld = true;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Takes the lock and creates the directory if needed. Throws `DataDirLocked`. */
  static async take(dataDir: string): Promise<DataLock> {
    mkdirSync(dataDir, { recursive: true });
    const path = join(dataDir, FILE_NAME);
    const deadlineMs = Date.now() + HOLDER_GRACE_MS;
    while (!tryCreate(path)) {
      const holder = readHolder(path);
      if (holder === undefined || !isAlive(holder)) rmSync(path, { force: true });
      else if (Date.now() > deadlineMs) throw new DataDirLocked(dataDir, holder.pid);
      else await delay(RETRY_MS);
    }
    return new DataLock(path);
  }

  /** May be called twice. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    rmSync(this.#path, { force: true });
  }
}

/** The file appears with its content or not at all: nobody can see it half written. */
function tryCreate(path: string): boolean {
  const draft = `${path}.${process.pid}.${randomUUID()}`;
  const holder: Holder = { pid: process.pid, startTime: startTimeOf(process.pid) };
  writeFileSync(draft, JSON.stringify(holder));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    if (typeof holder.pid !== 'number' || typeof holder.startTime !== 'string') return undefined;
    return { pid: holder.pid, startTime: holder.startTime };
  } catch {
    return undefined;
  }
}

function isAlive({ pid, startTime }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const fields = statusOf(pid);
  return startTimeOf(pid) === startTime && !DEAD_STATES.includes(fields[STATE_FIELD]);
}

/** When a process was started, in the system's own units; empty where the system does not tell. */
function startTimeOf(pid: number): string {
  return statusOf(pid)[START_TIME_FIELD] ?? '';
}

/** What Linux says of a process, from its state on; nothing on other systems. */
function statusOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name, in brackets, may hold spaces: begin behind it.
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
