import { readFile } from 'node:fs/promises';
import { status } from '../wire/status.ts';
import { VeltroError } from './errors.ts';
import type { TlsOptions } from './types.ts';

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

/** Options for `tls.connect` of Node.js; the files are read. Rejects with status 2. */
export async function nodeTlsOptions(options: TlsOptions) {
  const { serverName, verify = true } = options;
  const [ca, cert, key] = await Promise.all([
    contentOf('tls.caFile', options.caFile),
    contentOf('tls.certFile', options.certFile),
    contentOf('tls.keyFile', options.keyFile),
  ]);
  return { ca, cert, key, servername: serverName, rejectUnauthorized: verify };
}
