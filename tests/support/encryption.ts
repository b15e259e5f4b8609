import crypto, { createHash } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { SeededRandom } from './random.ts';

/**
 * The key of encryption at rest that belongs to a seed; null for every other one, which stores in
 * clear.
 */
export function keyOfSeed(seed: number): Buffer | null {
  return seed % 2 === 0 ? null : createHash('sha256').update(`key ${seed}`).digest();
}

/** The environment of a broker that encrypts with this key, or stores in clear. */
export function encryptionSettings(key: Buffer | null): Record<string, string> {
  if (key === null) return {};
  return {
    VELTRO_SYSTEM_ENCRYPTION_ENABLED: 'true',
    VELTRO_SYSTEM_ENCRYPTION_KEY: key.toString('base64'),
  };
}

/**
 * Runs something whose nonces follow from a seed, so that the same seed gives the same files. The
 * product has no place for that: nonces that can be foreseen would be a hole in it.
 */
export async function withSeededNonces<T>(seed: number, run: () => T | Promise<T>): Promise<T> {
  const random = new SeededRandom(seed);
  const { randomFillSync } = crypto;
  crypto.randomFillSync = (<Bytes extends NodeJS.ArrayBufferView>(bytes: Bytes): Bytes => {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < view.byteLength; at++) view[at] = random.integer(0, 255);
    return bytes;
  }) as typeof randomFillSync;
  syncBuiltinESMExports();
  try {
    return await run();
  } finally {
    crypto.randomFillSync = randomFillSync;
    syncBuiltinESMExports();
  }
}
