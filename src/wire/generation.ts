/**
 * The generations of the wire that a client's first bytes can belong to. `classic` is that of the
 * 0.8 line and the one spoken here; `vsr` is that of the 0.9 line, which is told apart so that its
 * clients are turned away with a reason instead of a stream of statuses they cannot read.
 */
export type WireGeneration = 'classic' | 'vsr';

/** A VSR request has 256 bytes of header; what tells it apart is within the first 64. */
const VSR_PREFIX_BYTES = 64;
/** Both checksums and the cluster id: 0 in every request of a client. */
const VSR_ZERO_BYTES = 48;
const VSR_SIZE_OFFSET = 48;
const VSR_HEADER_BYTES = 256;
const VSR_TYPE_OFFSET = 60;
const VSR_REQUEST = 5;

/**
 * The generation of a connection by what its client sent first, which may be less than a frame. A
 * classic request begins with a length of at least 4, so the zeros of a VSR header are none.
 */
export function generationOf(first: Uint8Array): WireGeneration {
  if (first.byteLength < VSR_PREFIX_BYTES) return 'classic';
  for (let i = 0; i < VSR_ZERO_BYTES; i++) if (first[i] !== 0) return 'classic';
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength);
  const isRequest = first[VSR_TYPE_OFFSET] === VSR_REQUEST;
  const isFrame = view.getUint32(VSR_SIZE_OFFSET, true) >= VSR_HEADER_BYTES;
  return isRequest && isFrame ? 'vsr' : 'classic';
}
