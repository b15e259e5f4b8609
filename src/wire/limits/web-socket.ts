/** Limits of WebSockets. */

const MIB = 1024 * 1024;

/** Bytes of one WebSocket on a host for HTTP that wait for its client; more end it. */
export const webSocketBufferedBytesMax = 16 * MIB;
/** Within so long a client says something, if only that it is there when it is asked by a ping. */
export const webSocketIdleTimeoutMs = 120_000;
/** What the clients of the protocol take in one message: the library behind them allows no more. */
export const webSocketSentBytesMax = 16 * MIB;
/** A frame, or message, of a client: the largest request fits. Its size costs no memory. */
export const webSocketMessageBytesDefault = 128 * MIB;
/** Lowest value of that setting: a login, and most commands. */
export const webSocketMessageBytesMin = 64 * 1024;
/** Highest value of that setting. */
export const webSocketMessageBytesMax = 2 * 1024 * MIB;
