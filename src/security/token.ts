import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 50;

/** A new personal access token: 68 characters that nobody can guess. */
export function makeToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64');
}

/**
 * What is kept of a token: the SHA-256 of its text, in lowercase hexadecimal digits. The reference
 * takes BLAKE3, which Node.js does not have. No client sees the difference, but tokens of a data
 * directory of the reference could not be taken over.
 */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
