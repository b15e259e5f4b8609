import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { ConfigError } from '../../config/config.ts';

const FOR_OTHERS = 0o007;
const PRIVATE_FILE = 0o600;

/** The mistake of a configuration key that names a file. */
export function fileProblem(key: string, file: string, reason: string): ConfigError {
  return new ConfigError([`${key} is ${file}, but that file ${reason}.`]);
}

/** The text of a file that a configuration key names. Throws a `ConfigError` that names both. */
export function readConfigured(key: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw fileProblem(key, file, code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`);
  }
}

/** Warns when a file with a secret in it is open to every user of the machine. */
export function warnIfPublic(key: string, file: string, warn: (message: string) => void): void {
  if (process.platform === 'win32' || (statSync(file).mode & FOR_OTHERS) === 0) return;
  warn(`Every user of this machine may read or change ${file} (${key}): use chmod 600.`);
}

/** Whoever reads the file finds the old text or the new one, and only its owner can read it. */
export function writePrivately(file: string, content: string | Uint8Array): void {
  const fresh = `${file}.new`;
  writeFileSync(fresh, content, { mode: PRIVATE_FILE, flush: true });
  renameSync(fresh, file);
}
