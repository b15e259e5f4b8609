/** Limits of how large frames arrive, and are stamped meanwhile. */

const KIB = 1024;

/** After a full piece of a frame the rest that has arrived is read in pieces of so much. */
export const receiveRestBytes = 128 * KIB;
/** So much of it is read before others have their turn. */
export const receiveRestBytesMax = 8 * receiveRestBytes;
/** Smaller frames are stamped by their shard, all at once. */
export const earlyFrameBytesMin = 256 * KIB;
/** So many bytes must be there before: more than the routing of a frame takes. */
export const earlyHeadBytes = KIB;
/** Frames of which nothing came for so long do not keep the acceptor from stamping others. */
export const slowFrameMs = 5;
/** A shard with nothing else to do writes them when so many bytes more are stamped. */
export const aheadPieceBytes = 192 * KIB;
