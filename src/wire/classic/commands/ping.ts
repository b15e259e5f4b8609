import type { Codec } from '../codec.ts';

/** Says that the client knows what Veltro offers beyond the protocol. */
export interface Greeting {
  readonly knowsExtensions: true;
}

/** What a broker offers beyond the protocol. */
export interface Offer {
  /** Longest time that an empty poll may wait for messages; 0 when polls are answered at once. */
  readonly pollWaitMsMax: number;
  /** Polls of one connection that may wait at a time. */
  readonly pollsWaitingMax: number;
}

/** `VLT1` in the order of the bytes: other brokers ignore it, other clients never send it. */
const MARK = 0x3154_4c56;
const GREETING_BYTES = 4;
const OFFER_BYTES = 12;

/**
 * Ping, code 1: allowed before login; keeps the connection alive where heartbeats are on. Without a
 * payload, as every client of the protocol sends it, the answer has none. With a greeting behind it
 * (bytes behind a payload are ignored by the protocol) a broker of this project answers an offer.
 */
export const ping: Codec<Greeting | undefined, Offer | undefined> = {
  code: 1,
  name: 'ping',
  permission: 'none',
  writeRequest: (writer, greeting) => {
    if (greeting !== undefined) writer.u32(MARK);
  },
  readRequest: (reader) => {
    if (reader.remaining < GREETING_BYTES || reader.u32('greeting') !== MARK) return undefined;
    return { knowsExtensions: true };
  },
  writeResponse: (writer, offer) => {
    if (offer === undefined) return;
    writer.u32(MARK).u32(offer.pollWaitMsMax).u32(offer.pollsWaitingMax);
  },
  readResponse: (reader) => {
    if (reader.remaining < OFFER_BYTES || reader.u32('offer') !== MARK) return undefined;
    return {
      pollWaitMsMax: reader.u32('longest wait of a poll'),
      pollsWaitingMax: reader.u32('polls that may wait'),
    };
  },
};
