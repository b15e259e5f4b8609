import { readFileSync } from 'node:fs';

/** The version of the package that this file belongs to. */
export function packageVersion(): string {
  // Compiled files lie in dist/src/broker, three folders below package.json.
  const path = new URL('../../../package.json', import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')).version;
}
