import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { passwordHashesAtOnceMax, passwordHashesWaitingMax } from '../wire/limits.ts';
import { ProvenPasswords } from './proven-passwords.ts';
import { Turns } from './turns.ts';

/** Cost of one hash: 16 MiB of memory, about 0.1 s of one core. */
const COST = { N: 2 ** 14, r: 8, p: 3 } as const;
/** A hundredth of it. */
const QUICK_COST = { N: 2 ** 10, r: 4, p: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MEMORY_BYTES_MAX = 64 * 1024 * 1024;

/** No password hashes to this. */
const NOBODY = ['scrypt', COST.N, COST.r, COST.p, ...[SALT_BYTES, HASH_BYTES].map(zeros)].join('$');

/** Called when the turn of a check comes; throws to call it off. */
type Admit = () => void;

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

type Derive = (password: string, salt: Buffer, cost: Cost) => Promise<Buffer>;

/**
 * Makes and checks password hashes, a few at once. Each can be given a function that is called when
 * its turn comes and may refuse it by an error: much can happen while it waits. A password that was
 * right before costs no slow hash, and equal checks at the same time share one.
 */
export class Passwords {
  readonly #turns = new Turns(passwordHashesAtOnceMax, passwordHashesWaitingMax);
  readonly #derive: Derive;
  readonly #proven = new ProvenPasswords();
  /** Checks under way by their proof; `undefined` for one that was called off. */
  readonly #underWay = new Map<string, Promise<boolean | undefined>>();

  constructor(derive: Derive = deriveByScrypt) {
    this.#derive = derive;
  }

  /**
   * The memory-hard hash with its salt and parameters: `scrypt$N$r$p$salt$hash`. From then on the
   * password is known to be right.
   */
  hash(password: string): Promise<string> {
    return this.#hash(password, COST);
  }

  /**
   * The same for a password that a slow hash does not protect: everybody knows it, or it is too
   * random to be guessed.
   */
  hashQuickly(password: string): Promise<string> {
    return this.#hash(password, QUICK_COST);
  }

  /**
   * True when the password is the hashed one. A wrong one takes the same time wherever the two
   * differ, and as long as `verifyNothing`.
   */
  async verify(password: string, stored: string, admit: Admit = () => {}): Promise<boolean> {
    const proof = this.#proven.proofOf(password, stored);
    const key = proof.toString('latin1');
    for (let same = this.#underWay.get(key); same !== undefined; same = this.#underWay.get(key)) {
      const isRight = await same;
      if (isRight === undefined) continue;
      admit();
      return isRight;
    }
    if (this.#proven.has(stored, proof)) return true;
    const check = this.#check(password, stored, admit);
    this.#underWay.set(
      key,
      check.catch(() => undefined),
    );
    try {
      const isRight = await check;
      if (isRight) this.#proven.add(stored, proof);
      return isRight;
    } finally {
      this.#underWay.delete(key);
    }
  }

  /** Costs as much as a check: an unknown user must not be told apart by the time it takes. */
  async verifyNothing(password: string, admit: Admit = () => {}): Promise<false> {
    await this.#check(password, NOBODY, admit);
    return false;
  }

  async #hash(password: string, cost: Cost): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const hash = await this.#turns.run(() => this.#derive(password, salt, cost));
    const { N, r, p } = cost;
    const stored = ['scrypt', N, r, p, salt.toString('base64'), hash.toString('base64')].join('$');
    this.#proven.add(stored, this.#proven.proofOf(password, stored));
    return stored;
  }

  async #check(password: string, stored: string, admit: Admit): Promise<boolean> {
    const [, N, r, p, salt, hash] = stored.split('$');
    const cost = { N: Number(N), r: Number(r), p: Number(p) };
    const actual = await this.#turns.run(async () => {
      admit();
      return this.#derive(password, Buffer.from(salt, 'base64'), cost);
    });
    if (timingSafeEqual(actual, Buffer.from(hash, 'base64'))) return true;
    return cost.N < COST.N ? this.verifyNothing(password) : false;
  }
}

function zeros(bytes: number): string {
  return Buffer.alloc(bytes).toString('base64');
}

function deriveByScrypt(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...cost, maxmem: MEMORY_BYTES_MAX };
    scrypt(password, salt, HASH_BYTES, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
