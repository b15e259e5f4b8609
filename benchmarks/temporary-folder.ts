import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A new folder below another one, which is removed with all in it when this process ends. */
export function temporaryFolder(parent: string, name: string): string {
  const folder = mkdtempSync(join(parent, `veltro-${name}-`));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
