import { callsPerShardMax } from '../wire/limits.ts';
import type { ShardCall } from './shard-call.ts';

/** In the place of a frame that was given back before its send was answered. */
const GIVEN_BACK = -1;

/** Calls that wait for one shard's answers, each under the number that travels as correlation. */
export class CallTable {
  readonly #calls: (ShardCall | undefined)[] = [];
  /** Memory of the frame that a send handed over, 0 for other calls. */
  readonly #frames: number[] = [];
  readonly #free: number[] = [];
  /** True for a send whose frame is too large to be copied. */
  readonly #isLarge: boolean[] = [];
  /** Handle of the partition of a send. */
  readonly #handles: number[] = [];
  /** Sends that wait, by handle. */
  readonly #sendsTo: number[] = [];
  #largeSends = 0;

  /** Calls that wait. */
  get size(): number {
    return this.#calls.length - this.#free.length;
  }

  /** True while a send of a large frame waits. */
  get hasLargeSend(): boolean {
    return this.#largeSends > 0;
  }

  hasRoom(): boolean {
    return this.#free.length > 0 || this.#calls.length < callsPerShardMax;
  }

  add(call: ShardCall): number {
    const correlation = this.#free.pop() ?? this.#calls.length;
    this.#calls[correlation] = call;
    this.#frames[correlation] = 0;
    this.#isLarge[correlation] = false;
    return correlation;
  }

  /** True while a send to a partition waits. */
  hasSendTo(handle: number): boolean {
    return (this.#sendsTo[handle] ?? 0) > 0;
  }

  setFrame(correlation: number, allocation: number, isLarge: boolean, handle = 0): void {
    this.#handles[correlation] = handle;
    this.#sendsTo[handle] = (this.#sendsTo[handle] ?? 0) + 1;
    this.#frames[correlation] = allocation;
    this.#isLarge[correlation] = isLarge;
    if (isLarge) this.#largeSends++;
  }

  /** The frame of a send that waits, if it is one, is free again. */
  forgetFrame(allocation: number): void {
    for (const [correlation, call] of this.#calls.entries()) {
      const isMeant = call !== undefined && this.#frames[correlation] === allocation;
      if (isMeant) this.#frames[correlation] = GIVEN_BACK;
    }
  }

  /** Negative when it was given back already. */
  frameOf(correlation: number): number {
    return this.#frames[correlation];
  }

  /** The frames of all calls that wait. */
  *frames(): Generator<number> {
    for (const [correlation, call] of this.#calls.entries()) {
      const frame = this.#frames[correlation];
      if (call !== undefined && frame > 0) yield frame;
    }
  }

  /** The call, which no longer waits. Throws when none does under that number. */
  take(correlation: number): ShardCall {
    const call = this.#calls[correlation];
    if (call === undefined) throw new Error(`No call waits under number ${correlation}.`);
    this.#calls[correlation] = undefined;
    if (this.#isLarge[correlation]) this.#largeSends--;
    if (this.#frames[correlation] !== 0) this.#sendsTo[this.#handles[correlation]]--;
    this.#free.push(correlation);
    return call;
  }

  /** Every call that waits; none waits afterwards. */
  takeAll(): ShardCall[] {
    const waiting = this.#calls.filter((call) => call !== undefined);
    this.#calls.length = 0;
    this.#frames.length = 0;
    this.#free.length = 0;
    this.#isLarge.length = 0;
    this.#sendsTo.length = 0;
    this.#largeSends = 0;
    return waiting;
  }
}
