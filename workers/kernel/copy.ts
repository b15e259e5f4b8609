/**
 * Copies bytes inside the memory; the areas may overlap. JavaScript's own copy of shared memory
 * goes byte by byte where the two addresses are not aligned alike.
 */
export function copy(to: u32, from: u32, length: u32): void {
  memory.copy(to, from, length);
}
