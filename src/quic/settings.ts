import type { Config } from '@matrixai/quic/native/types.js';
import {
  quicLoopbackPayloadBytes,
  quicStreamWindowBytes,
  quicUdpPayloadBytesMax,
} from '../wire/limits.ts';
import type { QuicLibrary } from './library.ts';

/** How one side speaks QUIC. */
export interface QuicSettings {
  /** A connection ends when nothing was heard for so long; 0 is never. */
  readonly idleTimeoutMs: number;
  /** Bytes of one connection that may have arrived without having been read. */
  readonly windowBytes: number;
  /** Streams that the other side may have open at a time. */
  readonly streamsMax: number;
  /** Bytes of a UDP packet to a peer that is not on this machine. */
  readonly payloadBytes: number;
}

/** Certificates, in PEM form. */
export interface QuicCredentials {
  readonly identity?: { readonly cert: string; readonly key: string };
  /** Absent: whoever answers is taken for who it says it is. */
  readonly trusted?: string;
}

/** The protocol that both sides must name in the handshake (RFC 9001, section 8.1). */
const ALPN = 'iggy';
/**
 * Ids that each side has of the other, and addresses that the library remembers of a connection: it
 * gives none up, so that the other side can move that often less one.
 */
const CONNECTION_IDS_MAX = 16;
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Configurations of the library: packets to this machine itself may be far larger. */
export class QuicConfigs {
  readonly #near: Config;
  readonly #far: Config;

  constructor(library: QuicLibrary, settings: QuicSettings, credentials: QuicCredentials) {
    const make = (payloadBytes: number) =>
      configured(library, { ...settings, payloadBytes }, credentials);
    this.#near = make(quicLoopbackPayloadBytes);
    this.#far = make(settings.payloadBytes);
  }

  for(peerHost: string): Config {
    return LOOPBACK.test(peerHost) ? this.#near : this.#far;
  }
}

function configured(
  library: QuicLibrary,
  { idleTimeoutMs, windowBytes, streamsMax, payloadBytes }: QuicSettings,
  { identity, trusted }: QuicCredentials,
): Config {
  const config = library.Config.withBoringSslCtx(
    trusted !== undefined,
    false,
    trusted === undefined ? undefined : Buffer.from(trusted),
    identity && [Buffer.from(identity.key)],
    identity && [Buffer.from(identity.cert)],
  );
  config.setApplicationProtos([ALPN]);
  config.setMaxIdleTimeout(idleTimeoutMs);
  config.setMaxRecvUdpPayloadSize(quicUdpPayloadBytesMax);
  config.setMaxSendUdpPayloadSize(payloadBytes);
  config.setInitialMaxData(windowBytes);
  const streamWindowBytes = Math.min(windowBytes, quicStreamWindowBytes);
  config.setInitialMaxStreamDataBidiRemote(streamWindowBytes);
  config.setInitialMaxStreamDataBidiLocal(streamWindowBytes);
  config.setInitialMaxStreamsBidi(streamsMax);
  config.setMaxStreamWindow(windowBytes);
  config.setMaxConnectionWindow(windowBytes);
  config.setActiveConnectionIdLimit(CONNECTION_IDS_MAX);
  config.setDisableActiveMigration(false);
  config.enablePacing(false);
  config.setCcAlgorithmName('bbr');
  return config;
}
