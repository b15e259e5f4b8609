/** What can be in one bag at a time; only the bag changes it. */
export interface Bagged {
  bagPlace: number;
}

/** The place of what is in no bag. */
export const outsideOfBags = -1;

/**
 * A set without an order whose members know their place in it. Where members come and go with every
 * request, a set of JavaScript makes a new table again and again; an old one that the collector has
 * not met yet keeps all later ones alive, and their collection stops the thread for long.
 */
export class Bag<Member extends Bagged> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: Member): void {
    if (member.bagPlace === outsideOfBags) member.bagPlace = this.#members.push(member) - 1;
  }

  delete(member: Member): void {
    const { bagPlace } = member;
    if (this.#members[bagPlace] !== member) return;
    const last = this.#members.pop()!;
    if (last !== member) {
      last.bagPlace = bagPlace;
      this.#members[bagPlace] = last;
    }
    member.bagPlace = outsideOfBags;
  }

  /** The members that are there now. Each may leave when it is shown. */
  *[Symbol.iterator](): Generator<Member> {
    for (let place = this.#members.length - 1; place >= 0; place--) yield this.#members[place];
  }
}
