import { isIPv6 } from 'node:net';
import { FailureTable } from './failure-table.ts';

/** Who tries to log in, and from where. */
export interface LoginAttempt {
  /** IP address without a port. */
  readonly address: string;
  /** Whose password it would be; absent where a token says who somebody is. */
  readonly user?: string;
}

/** Failed logins that are borne, and the time in which so many are forgotten. */
export interface LoginLimits {
  readonly failuresPerAddress: number;
  readonly failuresPerUser: number;
  readonly periodMs: number;
}

/** Groups of an IPv6 address. */
const GROUPS = 8;
/** The first of them belong to a network, whose hosts choose the rest freely. */
const NETWORK_GROUPS = 4;

/**
 * Says who may try to log in: nobody from an address with too many failures, and nobody as a user
 * with too many, except from addresses without any. Otherwise whoever guesses at a user's password
 * could keep the user out as well.
 */
export class LoginLimiter {
  readonly #addresses: FailureTable;
  readonly #users: FailureTable;
  readonly #nowMs: () => number;

  constructor(
    { failuresPerAddress, failuresPerUser, periodMs }: LoginLimits,
    nowMs: () => number = performance.now.bind(performance),
  ) {
    this.#addresses = new FailureTable({ failuresMax: failuresPerAddress, periodMs });
    this.#users = new FailureTable({ failuresMax: failuresPerUser, periodMs });
    this.#nowMs = nowMs;
  }

  mayTry({ address, user }: LoginAttempt): boolean {
    const nowMs = this.#nowMs();
    const network = networkOf(address);
    if (this.#addresses.isFull(network, nowMs)) return false;
    if (user === undefined || !this.#users.isFull(user, nowMs)) return true;
    return this.#addresses.count(network, nowMs) === 0;
  }

  /** Counts a failed attempt. True when further ones are refused from now on: worth a warning. */
  onFailure({ address, user }: LoginAttempt): boolean {
    const nowMs = this.#nowMs();
    const isAddressFull = this.#addresses.add(networkOf(address), nowMs);
    const isUserFull = user !== undefined && this.#users.add(user, nowMs);
    return isAddressFull || isUserFull;
  }
}

/** IPv4 addresses as they are, those of IPv6 without the half that a host chooses by itself. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1];
  const [front, back] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const rest = back ?? [];
  const zeros = new Array<string>(GROUPS - front.length - rest.length).fill('0');
  return [...front, ...zeros, ...rest].slice(0, NETWORK_GROUPS).join(':');
}
