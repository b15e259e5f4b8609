/** Why a connection is ended by this side. */
export type EndReason = 'done' | 'shutdown' | 'refused' | 'tooLarge';

/** What is put around responses on their way out. */
export interface ResponseFraming {
  /** What `writeHead` writes at most. */
  readonly headBytesMax: number;
  /** Writes what goes in front of a response of so many bytes; returns its own length. */
  writeHead(target: Buffer, offset: number, bytes: number): number;
  /** The same for a response that is sent from where its parts, of so many bytes, lie. */
  wrap(parts: readonly Buffer[], bytes: number): readonly Buffer[];
  /** What is said last, if anything. */
  lastWords(reason: EndReason): Buffer | undefined;
}

/** Responses follow each other as they are. */
export const plainFraming: ResponseFraming = {
  headBytesMax: 0,
  writeHead: () => 0,
  wrap: (parts) => parts,
  lastWords: () => undefined,
};
