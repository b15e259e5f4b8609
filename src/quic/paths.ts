import type { Connection } from '@matrixai/quic/native/types.js';

/** Packets that may be on their way to where the other side was not heard of last. */
const UNHEARD_PACKETS_MAX = 2;

interface Path {
  /** Packets that came from there. */
  heard: number;
  /** Packets that may still be sent there while the other side is heard of elsewhere. */
  left: number;
}

/**
 * The addresses that the other side of a connection had. The library follows it by itself, but
 * when a new address does not prove itself in time, it goes back to an older one, where perhaps
 * nobody is any more. Of what it sent there it repeats the oldest two packets again and again, and
 * never the rest: more than two must not be on their way to such an address.
 */
export class Paths {
  readonly #connection: Connection;
  readonly #paths = new Map<string, Path>();
  /** Where the other side was heard of last. */
  #heard: string | undefined;
  /** Where the library sends to now, if that is another place. */
  #doubted: Path | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * True when the library follows the other side to an address that it had given up before: it then
   * has no address at all until it has sent something there.
   */
  get isNowhere(): boolean {
    return this.#paths.size > 0 && this.#connection.sendQuantum() === 0;
  }

  get maySend(): boolean {
    return this.#doubted === undefined || this.#doubted.left > 0;
  }

  onSent(): void {
    if (this.#doubted !== undefined) this.#doubted.left--;
  }

  /** Looks where the other side is, after packets came or time has passed. */
  look(): void {
    // What the library tells would pile up.
    let hasNews = false;
    while (this.#connection.pathEventNext() !== null) hasNews = true;
    // Most connections have one address all their life.
    if (!hasNews && this.#paths.size === 0) return;
    let active: string | undefined;
    for (const { peerHost, active: isActive, recv } of this.#connection.pathStats()) {
      const address = `${peerHost.host} ${peerHost.port}`;
      this.#hear(address, Number(recv));
      // Of two the library takes the first.
      if (isActive) active ??= address;
    }
    const isElsewhere = active !== undefined && active !== this.#heard;
    this.#doubted = isElsewhere ? this.#paths.get(active!) : undefined;
  }

  #hear(address: string, heard: number): void {
    const path = this.#paths.get(address);
    if (path !== undefined && path.heard === heard) return;
    this.#paths.set(address, { heard, left: UNHEARD_PACKETS_MAX });
    this.#heard = address;
  }
}
