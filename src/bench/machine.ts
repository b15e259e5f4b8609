import { arch, availableParallelism, cpus, hostname, release, totalmem, type } from 'node:os';

const BYTES_PER_MIB = 1024 * 1024;

/** The machine that a benchmark ran on, with the keys of a report. */
export interface Hardware {
  readonly identifier: string;
  readonly cpu_name: string;
  readonly cpu_cores: number;
  readonly total_memory_mb: number;
  readonly os_name: string;
  readonly os_version: string;
}

/** This machine; it is called by the host name when it has no other. */
export function hardware(identifier = hostname()): Hardware {
  return {
    identifier,
    cpu_name: cpus()[0]?.model.trim() ?? arch(),
    cpu_cores: availableParallelism(),
    total_memory_mb: Math.round(totalmem() / BYTES_PER_MIB),
    os_name: type(),
    os_version: release(),
  };
}
