/** The memory that SendMessages frames are received into. */
export interface FrameMemory {
  readonly bytes: Buffer;
  /** Offset of so many bytes, or 0 when there is no room now. */
  allocate(bytes: number): number;
  free(allocation: number): void;
  /** Copies part of a chunk to an offset. */
  copy(chunk: Buffer, from: number, length: number, to: number): void;
  /** XORs bytes from an offset on with the four of a key, lowest first. */
  mask(from: number, length: number, key: number): void;
}
