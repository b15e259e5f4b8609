import { groupOffsetsCountedMax } from '../wire/limits.ts';

const SLOT_DOUBLES = 3;
const HANDLE = 0;
const GROUP = 1;
const OFFSET = 2;
/** Words in front of the slots: how many slots were ever used. */
const USED = 0;
const SLOTS_START = 1;
/** The handle of a slot that nobody uses. */
const NOBODY = -1;

/** The offset that a consumer group has stored for a partition. */
export interface GroupOffset {
  readonly handle: number;
  readonly groupId: number;
  readonly offset: number;
}

/** Memory for the stored offsets of groups of one shard; it becomes real when it is used. */
export function createGroupOffsets(): SharedArrayBuffer {
  const doubles = SLOTS_START + groupOffsetsCountedMax * SLOT_DOUBLES;
  return new SharedArrayBuffer(doubles * Float64Array.BYTES_PER_ELEMENT);
}

/**
 * The stored offsets of consumer groups in shared memory, for whoever wants to know how far groups
 * are behind. The shard writes them; those that find no slot are just not told.
 */
export class GroupOffsetsWriter {
  readonly #values: Float64Array;
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];

  constructor(memory: SharedArrayBuffer) {
    this.#values = new Float64Array(memory);
    this.#values[USED] = 0;
  }

  set(handle: number, groupId: number, offset: number): void {
    const key = keyOf(handle, groupId);
    const slot = this.#slots.get(key) ?? this.#take(key);
    if (slot === undefined) return;
    this.#values[slot + OFFSET] = offset;
    this.#values[slot + GROUP] = groupId;
    this.#values[slot + HANDLE] = handle;
  }

  delete(handle: number, groupId: number): void {
    const key = keyOf(handle, groupId);
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#slots.delete(key);
    this.#free.push(slot);
    this.#values[slot + HANDLE] = NOBODY;
  }

  #take(key: string): number | undefined {
    const slot = this.#free.pop() ?? this.#extend();
    if (slot !== undefined) this.#slots.set(key, slot);
    return slot;
  }

  #extend(): number | undefined {
    const used = this.#values[USED];
    if (used >= groupOffsetsCountedMax) return undefined;
    const slot = SLOTS_START + used * SLOT_DOUBLES;
    this.#values[slot + HANDLE] = NOBODY;
    this.#values[USED] = used + 1;
    return slot;
  }
}

function keyOf(handle: number, groupId: number): string {
  return `${handle}/${groupId}`;
}

/** All offsets that groups have stored in a shard. */
export function* readGroupOffsets(memory: SharedArrayBuffer): Generator<GroupOffset> {
  const values = new Float64Array(memory);
  const end = SLOTS_START + values[USED] * SLOT_DOUBLES;
  for (let slot = SLOTS_START; slot < end; slot += SLOT_DOUBLES) {
    const handle = values[slot + HANDLE];
    if (handle === NOBODY) continue;
    yield { handle, groupId: values[slot + GROUP], offset: values[slot + OFFSET] };
  }
}
