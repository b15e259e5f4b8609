import type { ConsumerKind } from '../storage/consumer-offsets.ts';
import { offsetVersionsCount } from '../wire/limits.ts';

/**
 * Tells whether a stored offset may have changed: as long as its version is the same, it has not.
 * The versions are few and shared, so that one may also change for another consumer's sake.
 */
export class OffsetVersions {
  readonly #versions = new Uint32Array(offsetVersionsCount);

  of(handle: number, kind: ConsumerKind, id: number): number {
    return this.#versions[placeOf(handle, kind, id)];
  }

  change(handle: number, kind: ConsumerKind, id: number): void {
    this.#versions[placeOf(handle, kind, id)]++;
  }
}

function placeOf(handle: number, kind: ConsumerKind, id: number): number {
  const mixed = Math.imul(Math.imul(handle, 31) + kind, 0x9e3779b1) ^ Math.imul(id, 0x85ebca6b);
  return (mixed ^ (mixed >>> 16)) & (offsetVersionsCount - 1);
}
