import { ConfigError, type SystemConfig } from '../../config/config.ts';
import { encryptionKeyOf } from '../../config/formats.ts';
import { encryptionKeyBytes } from '../wire/limits.ts';
import { fileProblem, readConfigured, warnIfPublic } from './private-file.ts';

const FILE_KEY = 'system.encryption.key_file';
const BOTH = `system.encryption.key and ${FILE_KEY}`;

/**
 * The key of encryption at rest, undefined where it is off. Throws a `ConfigError` that names file
 * and configuration key, and never shows what the file holds.
 */
export function loadEncryptionKey(
  { enabled, key, keyFile }: SystemConfig['encryption'],
  warn: (message: string) => void,
): Uint8Array | undefined {
  if (!enabled) return undefined;
  if ((key === '') === (keyFile === '')) {
    const mistake = key === '' ? `neither of ${BOTH} is set` : `${BOTH} are set`;
    const sentence = `system.encryption.enabled is true, but ${mistake}: it takes one of them.`;
    throw new ConfigError([sentence]);
  }
  if (keyFile === '') return encryptionKeyOf(key);
  const fromFile = encryptionKeyOf(readConfigured(FILE_KEY, keyFile));
  if (fromFile === undefined) {
    throw fileProblem(FILE_KEY, keyFile, `does not hold ${encryptionKeyBytes} bytes in base64`);
  }
  warnIfPublic(FILE_KEY, keyFile, warn);
  return fromFile;
}
