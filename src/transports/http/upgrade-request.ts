import type { BodySink, HostRequest, HostResponse, HostStream } from './host/host.ts';
import type { HostUpgrade, SocketEvents } from './host/host-socket.ts';

/** The subprotocol of all that is said here. */
const PROTOCOL = 'veltro';
/** What stands in front of a token that is shown as a subprotocol. */
const TOKEN_PREFIX = 'bearer.';

/** A request to become a WebSocket, seen as the GET that it is. */
export class UpgradeRequest implements HostRequest {
  readonly method = 'GET';
  readonly path: string;
  readonly query: string;
  readonly peer: string;
  readonly #upgrade: HostUpgrade;
  readonly #protocols: readonly string[];

  constructor(upgrade: HostUpgrade) {
    this.path = upgrade.path;
    this.query = upgrade.query;
    this.peer = upgrade.peer;
    this.#upgrade = upgrade;
    const named = upgrade.header('sec-websocket-protocol') ?? '';
    this.#protocols = named.split(',').map((name) => name.trim());
  }

  get isAborted(): boolean {
    return this.#upgrade.isAborted;
  }

  /** Browsers can send no header of their own, but name subprotocols. */
  header(name: string): string | undefined {
    const value = this.#upgrade.header(name);
    return name === 'authorization' && value === undefined ? this.#authorization() : value;
  }

  onAborted(listener: () => void): void {
    this.#upgrade.onAborted(listener);
  }

  /** There is no body. */
  receive(_sink: BodySink): void {}

  respond(response: HostResponse, onSent?: () => void): void {
    this.#upgrade.respond(response, onSent);
  }

  stream(): HostStream {
    throw new Error('A request to become a WebSocket is answered at once.');
  }

  accept(events: SocketEvents): void {
    const isNamed = this.#protocols.includes(PROTOCOL);
    this.#upgrade.accept(events, isNamed ? PROTOCOL : undefined);
  }

  #authorization(): string | undefined {
    const shown = this.#protocols.find((name) => name.startsWith(TOKEN_PREFIX));
    return shown && `Bearer ${shown.slice(TOKEN_PREFIX.length)}`;
  }
}
