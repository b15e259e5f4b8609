import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { type BoundAddresses, effectiveToml } from '../../config/effective.ts';

/** Empties the folder of files that hold for one run only. */
export function resetRuntime(config: Config): void {
  const folder = join(config.system.path, config.system.runtime.path);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

/** Writes the effective configuration: its presence says that every listener is bound. */
export function writeCurrentConfig(config: Config, bound: BoundAddresses): void {
  const path = join(config.system.path, config.system.runtime.path, 'current_config.toml');
  writeFileSync(path, effectiveToml(config, bound), { flush: true });
}
