const WORD = 2 ** 32;
/** From here on a number of JavaScript does not hold the upper half of 64 bits any more. */
const UPPER_HALF_MAX = 2 ** 21;

/** The digits of a time. Most messages of a poll have the time of the one before. */
class LastTime {
  #upper = 0;
  #lower = 0;
  #digits = '0';

  digits(view: DataView, place: number): string {
    const lower = view.getUint32(place, true);
    const upper = view.getUint32(place + 4, true);
    if (lower !== this.#lower || upper !== this.#upper) {
      this.#lower = lower;
      this.#upper = upper;
      this.#digits = digitsOf64(view, place);
    }
    return this.#digits;
  }
}

/** Reads numbers of stored messages, digit by digit where those of JavaScript do not hold them. */
export class MessageNumbers {
  readonly #view: DataView;
  readonly #timestamp = new LastTime();
  readonly #originTimestamp = new LastTime();

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.#view = new DataView(buffer, byteOffset, byteLength);
  }

  u32(place: number): number {
    return this.#view.getUint32(place, true);
  }

  u64(place: number): string {
    return digitsOf64(this.#view, place);
  }

  u128(place: number): string {
    const low = this.#view.getBigUint64(place, true);
    return String((this.#view.getBigUint64(place + 8, true) << 64n) | low);
  }

  timestamp(place: number): string {
    return this.#timestamp.digits(this.#view, place);
  }

  originTimestamp(place: number): string {
    return this.#originTimestamp.digits(this.#view, place);
  }
}

/** Offsets and times are nearly always such that JavaScript holds them. */
function digitsOf64(view: DataView, place: number): string {
  const upper = view.getUint32(place + 4, true);
  return upper < UPPER_HALF_MAX
    ? String(upper * WORD + view.getUint32(place, true))
    : String(view.getBigUint64(place, true));
}
