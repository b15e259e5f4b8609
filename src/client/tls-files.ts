import { readFile } from 'node:fs/promises';
import { status } from '../wire/status.ts';
import { VeltroError } from './errors.ts';

/** The content of a file that an option names. Rejects with status 2 that names both. */
export async function contentOf(
  field: string,
  file: string | undefined,
): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code;
    const message = `${field} is '${file}', but that file cannot be read (${reason})`;
    throw new VeltroError(status.InvalidConfiguration, message, { cause });
  }
}
