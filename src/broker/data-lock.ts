import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILE_NAME = 'veltro.lock';
const START_TIME_FIELD = 21;

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

/** Keeps a second broker away from a data directory. A lock whose process is gone counts for nothing. */
export class DataLock {
  readonly #path: string;
  #isHeld = true;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Takes the lock and creates the directory if needed. Throws `DataDirLocked`. */
  static take(dataDir: string): DataLock {
    mkdirSync(dataDir, { recursive: true });
    const path = join(dataDir, FILE_NAME);
    for (;;) {
      if (tryCreate(path)) return new DataLock(path);
      const holder = readHolder(path);
      if (holder !== undefined && isAlive(holder)) throw new DataDirLocked(dataDir, holder.pid);
      rmSync(path, { force: true });
    }
  }

  /** May be called twice. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    rmSync(this.#path, { force: true });
  }
}

function tryCreate(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  const holder: Holder = { pid: process.pid, startTime: startTimeOf(process.pid) };
  writeSync(fd, JSON.stringify(holder));
  closeSync(fd);
  return true;
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
  return startTimeOf(pid) === startTime;
}

/** When a process was started, in the system's own units; empty where the system does not tell. */
function startTimeOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name, in brackets, may hold spaces: count the fields behind it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[START_TIME_FIELD - 2] ?? '';
  } catch {
    return '';
  }
}
