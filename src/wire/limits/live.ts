/** Limits of live consumption, and of members of consumer groups, over HTTP. */

const KIB = 1024;

/** Live subscriptions of all callers, and of one user; one more is answered with status 429. */
export const liveSubscriptionsMax = { all: 2048, user: 1024 } as const;
/**
 * Bytes that one poll of a live subscription gives; a larger message comes alone. All subscriptions
 * together have some 200 MB in memory as JSON with base64 when no reader takes anything.
 */
export const livePollBytesMax = 64 * KIB;
/** After so long without a message, a live subscription says that it is still there. */
export const liveHeartbeatMs = 15_000;
/** What a client may say at once over the WebSocket of a subscription. */
export const liveFrameBytesMax = 4 * KIB;
/** Offsets that the client of such a subscription asked to store and that are not stored yet. */
export const liveCommitsWaitingMax = 256;
/** Members of consumer groups over HTTP, of all callers and of one user; one more is status 429. */
export const groupSessionsMax = { all: 10_000, user: 1024 } as const;
/** For how long such a member may ask for nothing: default, shortest, longest. */
export const groupSessionIdleMs = { default: 30_000, min: 1000, max: 10 * 60_000 } as const;
