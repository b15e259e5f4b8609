const SPACE = 0x20;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const TAB = 0x09;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;
/** More digits than the largest number of 128 bits has. */
const DIGITS_MAX = 40;

/** Thrown for what a cursor does not expect. One object: nobody asks where it came from. */
export const UNUSUAL = new Error('This JSON has another form.');

/** Walks over the bytes of JSON without escapes. */
export class ByteCursor {
  readonly #bytes: Buffer;
  #at = 0;
  /** The text that was read last, without its quotes. */
  textStart = 0;
  textEnd = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Texts with escapes are not what their bytes say. */
  get hasEscapes(): boolean {
    return this.#bytes.includes(BACKSLASH);
  }

  /** Moves behind a byte that must come next. */
  expect(byte: number): void {
    if (!this.takes(byte)) throw UNUSUAL;
  }

  /** Moves behind a byte if it comes next. */
  takes(byte: number): boolean {
    if (this.#next() !== byte) return false;
    this.#at++;
    return true;
  }

  expectEnd(): void {
    if (this.#next() !== undefined) throw UNUSUAL;
  }

  /** The name of a member; moves behind its colon. */
  name(): string {
    const name = this.text();
    this.expect(COLON);
    return name;
  }

  /** A text, byte by byte. */
  text(): string {
    this.skipText();
    return this.#bytes.toString('latin1', this.textStart, this.textEnd);
  }

  skipText(): void {
    this.expect(QUOTE);
    this.textStart = this.#at;
    this.textEnd = this.#bytes.indexOf(QUOTE, this.#at);
    if (this.textEnd < 0) throw UNUSUAL;
    this.#at = this.textEnd + 1;
  }

  /** A whole number that is not negative. */
  digits(): string {
    this.#next();
    const start = this.#at;
    while (isDigit(this.#bytes[this.#at])) this.#at++;
    const count = this.#at - start;
    const isPadded = count > 1 && this.#bytes[start] === ZERO;
    if (count === 0 || count > DIGITS_MAX || isPadded) throw UNUSUAL;
    return this.#bytes.toString('latin1', start, this.#at);
  }

  /** The next byte that is no white space, where the cursor then is; undefined at the end. */
  #next(): number | undefined {
    while (isSpace(this.#bytes[this.#at])) this.#at++;
    return this.#bytes[this.#at];
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === NEWLINE || byte === RETURN || byte === TAB;
}
