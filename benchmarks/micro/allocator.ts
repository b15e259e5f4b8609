// Blocks of the arena: taken and given back at once, and in a region that many others lie in.
import { Allocator } from '../../src/memory/allocator.ts';
import { arenaPageBytes } from '../../src/wire/limits.ts';
import { type MicroSuite, type MicroTask, repeat } from './suite.ts';

const OPERATIONS = 1000;
const REGION_BYTES = 256 * 1024 * 1024;
const SIZES_BYTES = [256, 4096, 65_536, 1_080_040];
/** Blocks that stay while others come and go. */
const NEIGHBOURS = 200;

function newRegion(): Allocator {
  return new Allocator(arenaPageBytes, arenaPageBytes + REGION_BYTES);
}

function empty(bytes: number): MicroTask {
  const region = newRegion();
  return {
    name: `take and give back ${bytes} bytes`,
    operations: OPERATIONS,
    run: repeat(OPERATIONS, () => region.free(region.allocate(bytes))),
  };
}

/** A region with gaps: every second of many blocks was given back. */
function crowded(bytes: number): MicroTask {
  const region = newRegion();
  const blocks = Array.from({ length: NEIGHBOURS }, () => region.allocate(bytes));
  for (let number = 0; number < NEIGHBOURS; number += 2) region.free(blocks[number]);
  return {
    name: `the same with ${NEIGHBOURS / 2} others between gaps`,
    operations: OPERATIONS,
    run: repeat(OPERATIONS, () => region.free(region.allocate(bytes))),
  };
}

export function allocatorSuite(): MicroSuite {
  const tasks = [...SIZES_BYTES.map(empty), crowded(SIZES_BYTES[SIZES_BYTES.length - 1])];
  return { name: 'allocator', tasks };
}
