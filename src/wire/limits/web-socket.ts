/** Limits of WebSockets. */

const MIB = 1024 * 1024;

/** Bytes of one WebSocket on a host for HTTP that wait for its client; more end it. */
export const webSocketBufferedBytesMax = 16 * MIB;
/** Within so long a client says something, if only that it is there when it is asked by a ping. */
export const webSocketIdleTimeoutMs = 120_000;
