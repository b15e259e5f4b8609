import { randomBytes } from 'node:crypto';
import type { Header } from '@matrixai/quic/native/types.js';
import { type HostPort, keyOf, type QuicEndpoint } from '../../quic/endpoint.ts';
import type { QuicLibrary } from '../../quic/library.ts';
import { type LinkEvents, QuicLink } from '../../quic/link.ts';
import type { QuicConfigs } from '../../quic/settings.ts';
import { quicConnectionIdBytes, quicPayloadBytesMin } from '../../wire/limits.ts';
import { RetryTokens } from './retry-token.ts';

/** Makes what hears of a client's connection; nothing when no further one is taken. */
export type Greet = (from: HostPort) => (LinkEvents & { attach(link: QuicLink): void }) | undefined;

/** The library's number of the packet that a connection begins with. */
const INITIAL = 0;
/** QUIC's error CONNECTION_REFUSED (RFC 9000, section 20.1). */
const CONNECTION_REFUSED = 2;

const nobody: LinkEvents = {
  onEstablished() {},
  onReadable() {},
  onProgress() {},
  onClosed() {},
};

/**
 * Makes connections for clients that have proved their address: the first packet of each is
 * answered with a token that it has to bring, and nothing is remembered of it.
 */
export class QuicAcceptor {
  readonly #library: QuicLibrary;
  readonly #endpoint: QuicEndpoint;
  readonly #keepAliveMs: number;
  readonly #greet: Greet;
  readonly #tokens = new RetryTokens();
  /** Handshakes that begin from now on are made with this. */
  configs: QuicConfigs;
  /** False when no further connection is taken. */
  isOpen = true;

  constructor(
    library: QuicLibrary,
    endpoint: QuicEndpoint,
    configs: QuicConfigs,
    keepAliveMs: number,
    greet: Greet,
  ) {
    this.#library = library;
    this.#endpoint = endpoint;
    this.configs = configs;
    this.#keepAliveMs = keepAliveMs;
    this.#greet = greet;
  }

  /** A packet of a handshake, under way or new, or of none. */
  onPacket(bytes: Buffer, from: HostPort): void {
    const header = this.#headerOf(bytes);
    if (header === undefined) return;
    const link = this.#endpoint.links.get(keyOf(header.dcid));
    if (link !== undefined) return link.receive(bytes, from);
    // Smaller ones begin no connection, and an answer would be larger than they are.
    if (!this.isOpen || bytes.byteLength < quicPayloadBytesMin) return;
    if (this.#library.versionIsSupported(header.version)) this.#begin(header, bytes, from);
    else this.#offerVersions(header, from);
  }

  #headerOf(bytes: Buffer): Header | undefined {
    try {
      return this.#library.Header.fromSlice(bytes, quicConnectionIdBytes);
    } catch {
      return undefined;
    }
  }

  #offerVersions({ scid, dcid }: Header, from: HostPort): void {
    const length = this.#library.negotiateVersion(scid, dcid, this.#endpoint.packet);
    this.#endpoint.send(length, from);
  }

  #begin(header: Header, bytes: Buffer, from: HostPort): void {
    const { ty: type, dcid, token } = header;
    if (type !== INITIAL) return;
    const address = `${from.host} ${from.port}`;
    if (token === undefined || token.byteLength === 0) return this.#askBack(header, address, from);
    const originalId = this.#tokens.check(token, address, dcid, Date.now());
    if (originalId !== undefined) this.#accept(dcid, originalId, bytes, from);
  }

  #askBack({ scid, dcid, version }: Header, address: string, from: HostPort): void {
    const newId = randomBytes(quicConnectionIdBytes);
    const token = this.#tokens.make(address, dcid, newId, Date.now());
    const { packet } = this.#endpoint;
    const length = this.#library.retry(scid, dcid, newId, token, version, packet);
    this.#endpoint.send(length, from);
  }

  #accept(id: Uint8Array, originalId: Uint8Array, bytes: Buffer, from: HostPort): void {
    const config = this.configs.for(from.host);
    const { local } = this.#endpoint;
    const connection = this.#library.Connection.accept(id, originalId, local, from, config);
    const events = this.#greet(from);
    const link = new QuicLink(connection, this.#endpoint, events ?? nobody, this.#keepAliveMs);
    events?.attach(link);
    link.receive(bytes, from);
    if (events === undefined) link.close(CONNECTION_REFUSED, 'too many connections', false);
  }
}
