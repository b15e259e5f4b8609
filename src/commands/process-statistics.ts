import { readFileSync, statfsSync } from 'node:fs';
import { cpus, hostname, release, totalmem, type } from 'node:os';
import type { Stats } from '../wire/classic/structures/stats.ts';

/** The release of the protocol that this broker speaks, as clients compare it. */
const PROTOCOL_VERSION = '0.8.0';
const PROTOCOL_SEMVER = 8000;
/** The system counts processor time in hundredths of a second: less says nothing. */
const CPU_INTERVAL_MS_MIN = 200;

/** What `Stats` says of the process and its machine. */
export type ProcessFigures = Pick<
  Stats,
  | 'processId'
  | 'cpuUsagePercent'
  | 'totalCpuUsagePercent'
  | 'memoryUsageBytes'
  | 'totalMemoryBytes'
  | 'availableMemoryBytes'
  | 'runTimeMicros'
  | 'startedAt'
  | 'readBytes'
  | 'writtenBytes'
  | 'hostname'
  | 'osName'
  | 'osVersion'
  | 'kernelVersion'
  | 'serverVersion'
  | 'serverSemver'
  | 'freeDiskSpaceBytes'
  | 'totalDiskSpaceBytes'
>;

interface CpuTimes {
  readonly atMs: number;
  readonly processMs: number;
  readonly busyMs: number;
  readonly totalMs: number;
}

/**
 * Measures the process and its machine. Percentages are over the time since they were last asked
 * for: the first time since the process and the machine were started.
 */
export class ProcessStatistics {
  readonly #dataDir: string;
  readonly #startedAtMs = Date.now();
  readonly #system = systemName();
  #last: CpuTimes = { atMs: 0, processMs: 0, busyMs: 0, totalMs: 0 };
  #percents = { cpuUsagePercent: 0, totalCpuUsagePercent: 0 };

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  read(): ProcessFigures {
    const disk = statfsSync(this.#dataDir);
    return {
      processId: process.pid,
      ...this.#cpuPercents(),
      memoryUsageBytes: BigInt(process.memoryUsage.rss()),
      totalMemoryBytes: BigInt(Math.min(totalmem(), process.constrainedMemory() || totalmem())),
      availableMemoryBytes: BigInt(process.availableMemory()),
      runTimeMicros: BigInt(Date.now() - this.#startedAtMs) * 1000n,
      startedAt: BigInt(this.#startedAtMs) * 1000n,
      ...diskTraffic(),
      hostname: hostname(),
      ...this.#system,
      kernelVersion: release(),
      serverVersion: PROTOCOL_VERSION,
      serverSemver: PROTOCOL_SEMVER,
      freeDiskSpaceBytes: BigInt(disk.bavail) * BigInt(disk.bsize),
      totalDiskSpaceBytes: BigInt(disk.blocks) * BigInt(disk.bsize),
    };
  }

  #cpuPercents(): { cpuUsagePercent: number; totalCpuUsagePercent: number } {
    const last = this.#last;
    const now = cpuTimes();
    if (now.atMs - last.atMs < CPU_INTERVAL_MS_MIN) return this.#percents;
    this.#last = now;
    this.#percents = {
      cpuUsagePercent: percent(now.processMs - last.processMs, now.atMs - last.atMs),
      totalCpuUsagePercent: percent(now.busyMs - last.busyMs, now.totalMs - last.totalMs),
    };
    return this.#percents;
  }
}

function percent(part: number, whole: number): number {
  return whole > 0 ? (100 * part) / whole : 0;
}

function cpuTimes(): CpuTimes {
  const { user, system } = process.cpuUsage();
  let totalMs = 0;
  let idleMs = 0;
  for (const { times } of cpus()) {
    totalMs += times.user + times.nice + times.sys + times.idle + times.irq;
    idleMs += times.idle;
  }
  const processMs = (user + system) / 1000;
  return { atMs: performance.now(), processMs, busyMs: totalMs - idleMs, totalMs };
}

/** Bytes that the process read from and wrote to disks; 0 where the system does not tell. */
function diskTraffic(): { readBytes: bigint; writtenBytes: bigint } {
  let text = '';
  try {
    text = readFileSync('/proc/self/io', 'utf8');
  } catch {
    // Only Linux has this file, and some sandboxes hide it.
  }
  const field = (name: string) => BigInt(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return { readBytes: field('read_bytes'), writtenBytes: field('write_bytes') };
}

/** The distribution and its version on Linux, elsewhere the system and its release. */
function systemName(): { osName: string; osVersion: string } {
  let text = '';
  try {
    text = readFileSync('/etc/os-release', 'utf8');
  } catch {
    // Linux has this file, and not every one.
  }
  const field = (name: string) => new RegExp(`^${name}="?(.*?)"?$`, 'm').exec(text)?.[1];
  return { osName: field('NAME') ?? type(), osVersion: field('VERSION_ID') ?? release() };
}
