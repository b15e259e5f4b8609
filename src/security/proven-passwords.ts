import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { passwordsProvenMax } from '../wire/limits.ts';

/** A password and a stored hash, told apart from others by a key that only this process has. */
export type Proof = Buffer;

/**
 * Passwords that were found to be right, so that a thousand connections of one user cost one slow
 * hash. What is kept of a password is a keyed hash in memory; a new password of the user has
 * another stored hash, so that the old one no longer counts.
 */
export class ProvenPasswords {
  readonly #key = randomBytes(32);
  readonly #proofs = new Map<string, Proof>();

  proofOf(password: string, stored: string): Proof {
    return createHmac('sha256', this.#key).update(`${stored}\n${password}`).digest();
  }

  has(stored: string, proof: Proof): boolean {
    const known = this.#proofs.get(stored);
    return known !== undefined && timingSafeEqual(known, proof);
  }

  /** Keeps what was proven last when there is no room for all. */
  add(stored: string, proof: Proof): void {
    this.#proofs.delete(stored);
    this.#proofs.set(stored, proof);
    if (this.#proofs.size <= passwordsProvenMax) return;
    const [oldest] = this.#proofs.keys();
    this.#proofs.delete(oldest);
  }
}
