import type { GroupMember } from './group-member.ts';

/** A partition as the assignment sees it. */
export interface Assignable {
  /** Who may read it now; undefined when nobody may. */
  readonly holder: GroupMember | undefined;
  /** True when its holder could give it up at once. */
  readonly isSettled: boolean;
  /** Whose it is to be. */
  assignee: GroupMember | undefined;
}

/**
 * Deals partitions to members, in the order they joined, such that no member has two more than
 * another and as few partitions as possible change: only what is above a member's share, or without
 * a member, moves.
 */
export function assign(partitions: readonly Assignable[], members: readonly GroupMember[]): void {
  const held = heldBy(partitions, members);
  const shares = sharesOf(held, members, partitions.length);
  for (const [member, own] of held) takeSurplus(own, shares.get(member)!);
  const free = partitions.filter(({ assignee }) => assignee === undefined);
  const wanting = members.filter((member) => held.get(member)!.length < shares.get(member)!);
  deal(free, wanting, held, shares);
}

type Holdings = Map<GroupMember, Assignable[]>;

/** What each member is to have so far; partitions of members that are gone are freed. */
function heldBy(partitions: readonly Assignable[], members: readonly GroupMember[]): Holdings {
  const held: Holdings = new Map(members.map((member) => [member, []]));
  for (const partition of partitions) {
    const own = partition.assignee && held.get(partition.assignee);
    if (own === undefined) partition.assignee = undefined;
    else own.push(partition);
  }
  return held;
}

/** Where the partitions do not divide evenly, those who have more already keep one more. */
function sharesOf(
  held: Holdings,
  members: readonly GroupMember[],
  partitionsCount: number,
): Map<GroupMember, number> {
  const least = Math.floor(partitionsCount / members.length);
  const larger = partitionsCount - least * members.length;
  const byHoldings = [...members].sort((a, b) => held.get(b)!.length - held.get(a)!.length);
  return new Map(byHoldings.map((member, rank) => [member, rank < larger ? least + 1 : least]));
}

/** Frees first what the member does not have yet, then what it can give at once, then the rest. */
function takeSurplus(own: Assignable[], share: number): void {
  if (own.length <= share) return;
  own.sort((a, b) => reluctance(a) - reluctance(b));
  for (const partition of own.splice(share)) partition.assignee = undefined;
}

function reluctance({ holder, assignee, isSettled }: Assignable): number {
  if (holder !== assignee) return 2;
  return isSettled ? 1 : 0;
}

/** A partition that is free goes back to the one who still holds it, if that one wants more. */
function deal(
  free: readonly Assignable[],
  wanting: GroupMember[],
  held: Holdings,
  shares: ReadonlyMap<GroupMember, number>,
): void {
  const give = (partition: Assignable, member: GroupMember) => {
    partition.assignee = member;
    held.get(member)!.push(partition);
  };
  const wants = (member: GroupMember) => held.get(member)!.length < shares.get(member)!;
  for (const partition of free) {
    const { holder } = partition;
    if (holder !== undefined && held.has(holder) && wants(holder)) give(partition, holder);
  }
  let next = 0;
  for (const partition of free) {
    if (partition.assignee !== undefined) continue;
    while (next < wanting.length && !wants(wanting[next])) next++;
    if (next < wanting.length) give(partition, wanting[next]);
  }
}
