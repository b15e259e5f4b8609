import { ConsumerGroup, type GroupPlace } from './consumer-group.ts';

/** Whatever stands for a group as long as it exists, such as its record in the catalog. */
type GroupKey = object;

/**
 * All consumer groups that have, or have had, members. A group is known by the object that stands
 * for it, so that a later group with the same number is another one.
 */
export class ConsumerGroups {
  readonly #groups = new WeakMap<GroupKey, ConsumerGroup>();
  readonly #byClient = new Map<number, Set<ConsumerGroup>>();
  readonly #moving = new Set<ConsumerGroup>();
  readonly #onChange: (group: ConsumerGroup) => void;
  readonly #now: () => number;

  /**
   * `onChange` hears of a group whose members may read other partitions than before, or which is
   * gone; `now` tells milliseconds of a clock that never goes back.
   */
  constructor(
    onChange: (group: ConsumerGroup) => void = () => {},
    now: () => number = () => performance.now(),
  ) {
    this.#onChange = onChange;
    this.#now = now;
  }

  find(key: GroupKey): ConsumerGroup | undefined {
    return this.#groups.get(key);
  }

  /** Makes a connection a member; nothing when it is one. */
  join(key: GroupKey, place: GroupPlace, partitionsCount: number, clientId: number): void {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new ConsumerGroup(place, partitionsCount, this.#onChange);
      this.#groups.set(key, group);
    }
    if (!group.join(clientId, this.#now())) return;
    const groups = this.#byClient.get(clientId) ?? new Set();
    this.#byClient.set(clientId, groups.add(group));
    this.#watch(group);
  }

  /** False when the connection is no member. */
  leave(key: GroupKey, clientId: number): boolean {
    const group = this.#groups.get(key);
    if (group === undefined || !group.leave(clientId, this.#now())) return false;
    this.#forget(clientId, group);
    this.#watch(group);
    return true;
  }

  /** The connection is gone: it leaves all its groups. */
  disconnect(clientId: number): void {
    for (const group of this.#byClient.get(clientId) ?? []) {
      group.leave(clientId, this.#now());
      this.#watch(group);
    }
    this.#byClient.delete(clientId);
  }

  /** These groups are gone: nobody is a member any more. */
  dissolveAll(keys: Iterable<GroupKey>): void {
    for (const key of keys) this.#dissolve(key);
  }

  /** The topic of these groups has so many partitions now. */
  resizeAll(keys: Iterable<GroupKey>, partitionsCount: number): void {
    for (const key of keys) {
      const group = this.#groups.get(key);
      group?.resize(partitionsCount, this.#now());
      if (group !== undefined) this.#watch(group);
    }
  }

  /** The topic of these groups was emptied. */
  purgeAll(keys: Iterable<GroupKey>): void {
    for (const key of keys) this.#groups.get(key)?.purge();
  }

  /** The groups of a connection, in the order it joined them. */
  placesOf(clientId: number): GroupPlace[] {
    return [...(this.#byClient.get(clientId) ?? [])].map(({ place }) => place);
  }

  /** Ends the waiting for holders that have not committed within this time. */
  expire(timeoutMs: number): void {
    for (const group of this.#moving) {
      group.expire(this.#now(), timeoutMs);
      this.#watch(group);
    }
  }

  #dissolve(key: GroupKey): void {
    const group = this.#groups.get(key);
    if (group === undefined) return;
    for (const clientId of group.clientIds()) this.#forget(clientId, group);
    this.#groups.delete(key);
    this.#moving.delete(group);
    this.#onChange(group);
  }

  #watch(group: ConsumerGroup): void {
    if (group.isMoving) this.#moving.add(group);
    else this.#moving.delete(group);
  }

  #forget(clientId: number, group: ConsumerGroup): void {
    const groups = this.#byClient.get(clientId);
    groups?.delete(group);
    if (groups?.size === 0) this.#byClient.delete(clientId);
  }
}
