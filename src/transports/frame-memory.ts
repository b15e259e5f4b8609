/** The shared memory of the broker, as a transport sees it: frames are received into it. */
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

/** The same for a transport that shows messages as texts. */
export interface PrintingMemory extends FrameMemory {
  /** Offset of so many bytes for a text, or 0 when there is no room now. */
  allocateText(bytes: number): number;
  freeText(allocation: number): void;
  /** Prints stored messages as JSON, as the kernel's `print` does. */
  print(messages: number, length: number, count: number, separator: number, out: number): number;
}
