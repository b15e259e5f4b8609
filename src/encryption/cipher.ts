import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomFillSync,
} from 'node:crypto';
import { encryptionBytes, encryptionKeyBytes } from '../wire/limits.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = encryptionBytes - NONCE_BYTES;
/** Random bytes are asked for in lots: one call for each record costs more than its encryption. */
const NONCES_AT_ONCE = 1024;

/**
 * AES-256-GCM with one key: a record is a random nonce, the ciphertext and the tag, which is the
 * form of the 0.8 generation's files (storage section 9).
 */
export class Cipher {
  readonly #key: KeyObject;
  readonly #nonces = Buffer.alloc(NONCES_AT_ONCE * NONCE_BYTES);
  #nextNonce = this.#nonces.byteLength;

  /** Throws when the key does not have `encryptionKeyBytes`. */
  constructor(key: Uint8Array) {
    if (key.byteLength !== encryptionKeyBytes) {
      throw new Error(`A key has ${encryptionKeyBytes} bytes, not ${key.byteLength}.`);
    }
    this.#key = createSecretKey(key);
  }

  encrypt(plain: Uint8Array): Buffer {
    const record = Buffer.allocUnsafe(plain.byteLength + encryptionBytes);
    this.encryptInto(plain, record);
    return record;
  }

  /** Fills a record, which has exactly `encryptionBytes` more than what is encrypted. */
  encryptInto(plain: Uint8Array, record: Uint8Array): void {
    const nonce = this.#takeNonce();
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce);
    record.set(nonce);
    record.set(cipher.update(plain), NONCE_BYTES);
    cipher.final();
    record.set(cipher.getAuthTag(), record.byteLength - TAG_BYTES);
  }

  /** What a record holds; undefined when it is not as this key made it. */
  decrypt(record: Uint8Array): Buffer | undefined {
    const end = record.byteLength - TAG_BYTES;
    if (end < NONCE_BYTES) return undefined;
    const options = { authTagLength: TAG_BYTES };
    const nonce = record.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, options);
    decipher.setAuthTag(record.subarray(end));
    const plain = decipher.update(record.subarray(NONCE_BYTES, end));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return plain;
  }

  #takeNonce(): Buffer {
    if (this.#nextNonce === this.#nonces.byteLength) {
      randomFillSync(this.#nonces);
      this.#nextNonce = 0;
    }
    const start = this.#nextNonce;
    this.#nextNonce += NONCE_BYTES;
    return this.#nonces.subarray(start, this.#nextNonce);
  }
}
