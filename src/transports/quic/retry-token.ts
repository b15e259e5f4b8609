import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { quicTokenMs } from '../../wire/limits.ts';

const KEY_BYTES = 32;
const TIME_BYTES = 8;
const MAC_BYTES = 16;

/**
 * Tokens that prove that a client gets what is sent to its address (RFC 9000, section 8.1.2). All
 * that must be remembered is in the token: a packet with a false address claims no memory.
 */
export class RetryTokens {
  readonly #key = randomBytes(KEY_BYTES);

  /**
   * A token for a client of that address, whose first packet named the connection `originalId` and
   * who is told to call it `newId`.
   */
  make(address: string, originalId: Uint8Array, newId: Uint8Array, nowMs: number): Buffer {
    const body = Buffer.concat([timeBytes(nowMs), originalId]);
    return Buffer.concat([this.#mac(body, address, newId), body]);
  }

  /** The original id, or undefined when the token is not for this client, or too old. */
  check(token: Uint8Array, address: string, newId: Uint8Array, nowMs: number): Buffer | undefined {
    if (token.byteLength < MAC_BYTES + TIME_BYTES) return undefined;
    const bytes = Buffer.from(token);
    const body = bytes.subarray(MAC_BYTES);
    const mac = this.#mac(body, address, newId);
    if (!timingSafeEqual(mac, bytes.subarray(0, MAC_BYTES))) return undefined;
    if (nowMs - Number(body.readBigUInt64LE()) > quicTokenMs) return undefined;
    return body.subarray(TIME_BYTES);
  }

  #mac(body: Uint8Array, address: string, newId: Uint8Array): Buffer {
    const mac = createHmac('sha256', this.#key).update(newId).update(body).update(address);
    return mac.digest().subarray(0, MAC_BYTES);
  }
}

function timeBytes(nowMs: number): Buffer {
  const bytes = Buffer.alloc(TIME_BYTES);
  bytes.writeBigUInt64LE(BigInt(Math.floor(nowMs)));
  return bytes;
}
