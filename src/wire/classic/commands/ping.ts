import { type Codec, type Empty, emptyRequest, emptyResponse } from '../codec.ts';

/** Ping, code 1: allowed before login; keeps the connection alive where heartbeats are on. */
export const ping: Codec<Empty, Empty> = {
  code: 1,
  name: 'ping',
  permission: 'none',
  ...emptyRequest,
  ...emptyResponse,
};
