/** Limits of what goes from files to sockets past the memory of the process. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Messages of a poll that take at least so many bytes may be left in their file. */
export const sharedSpanBytesMin = 256 * KIB;
/** So many of their bytes are read in any case: the first message is looked at. */
export const sharedHeadBytes = 16 * KIB;
/** Replies of one shard whose files are being sent; each has a descriptor of its own. */
export const sharedFilesPerShardMax = 1024;
/** Bytes that go from a file to one socket before others have their turn. */
export const sharedTurnBytesMax = 4 * MIB;
/** Bytes of a file that Node.js sends when a socket is full, to hear when it takes more. */
export const sharedPieceBytes = 16 * KIB;
