import type { Config } from '../../config/config.ts';
import type { BoundAddresses } from '../../config/effective.ts';
import type { ShardRelease } from '../shards/shard-call.ts';
import type { QuicListener } from '../transports/quic/listener.ts';
import type { TcpListener } from '../transports/tcp/listener.ts';
import { makeTcpListener, type TcpParts } from './tcp-server.ts';
import type { Identities } from './tls-identity.ts';

type Listener = TcpListener | QuicListener;
type Transport = Exclude<keyof BoundAddresses, 'http'>;

/** The listeners whose connections are clients: those that are on, by their transports. */
export class ConnectionListeners {
  readonly #listeners = new Map<Transport, Listener>();
  readonly #addresses = new Map<Transport, string>();

  /**
   * Makes all listen that a configuration asks for. What only one of them needs is loaded only
   * where that is on.
   */
  async listen(
    config: Config,
    parts: Omit<TcpParts, 'identity'>,
    { tcp, quic, websocket }: Identities,
    requiresQuic: boolean,
  ): Promise<void> {
    if (config.tcp.enabled) {
      const identity = tcp?.identity;
      await this.#listen('tcp', await makeTcpListener(config, { ...parts, identity }));
    }
    if (config.quic.enabled) {
      const { makeQuicListener } = await import('./quic-server.ts');
      const quicParts = { ...parts, identity: quic!.identity, isRequired: requiresQuic };
      await this.#listen('quic', await makeQuicListener(config, quicParts));
    }
    if (config.websocket.enabled) {
      const { makeWebSocketListener } = await import('./websocket-server.ts');
      const identity = websocket?.identity;
      await this.#listen('websocket', await makeWebSocketListener(config, { ...parts, identity }));
    }
  }

  /** Undefined is one that is not possible here. */
  async #listen(transport: Transport, listener: Listener | undefined): Promise<void> {
    if (listener === undefined) return;
    this.#listeners.set(transport, listener);
    this.#addresses.set(transport, await listener.listen());
  }

  get all(): readonly Listener[] {
    return [...this.#listeners.values()];
  }

  /** Where one listens, as `ip:port`. */
  addressOf(transport: Transport): string | undefined {
    return this.#addresses.get(transport);
  }

  get connectionsCount(): number {
    return this.all.reduce((sum, { connectionsCount }) => sum + connectionsCount, 0);
  }

  /** A shard has no memory left for reads. */
  onMemoryShort(): void {
    for (const listener of this.all) listener.onMemoryShort();
  }

  /** Ends every connection that still sends from the memory of a shard that died. */
  endReadersOf(link: ShardRelease): void {
    for (const listener of this.all) listener.endReadersOf(link);
  }

  /** Connections from now on are shown these. */
  useTlsIdentities(identities: Identities): void {
    for (const [transport, listener] of this.#listeners) {
      const loaded = identities[transport];
      if (loaded !== undefined) listener.useTlsIdentity(loaded.identity);
    }
  }
}
