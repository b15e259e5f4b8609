import { arenaPageBytes } from '../wire/limits.ts';
import { instantiateKernel, type Kernel } from './kernel.ts';

/**
 * Memory outside the arena with a kernel of its own: made when it is first needed, given up by
 * `rest`. One thread owns it.
 */
export class KernelMemory {
  readonly #module: WebAssembly.Module;
  #kernel: Kernel | undefined;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** All of it. The first page is the kernel's. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** The kernel over it. Throws before the first `reserve`. */
  get kernel(): Kernel {
    if (this.#kernel === undefined) throw new Error('There is no memory for the kernel yet.');
    return this.#kernel;
  }

  /**
   * Makes room for so many bytes behind the first page. What was there may be gone. Throws a
   * `RangeError` when the system does not give that much.
   */
  reserve(bytes: number): void {
    const needed = arenaPageBytes + bytes;
    if (this.#bytes.byteLength >= needed) return;
    const pages = Math.ceil(needed / arenaPageBytes);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.#kernel = instantiateKernel(this.#module, memory);
    this.#bytes = Buffer.from(memory.buffer);
  }

  /** Gives it up; the next `reserve` makes another. */
  rest(): void {
    this.#kernel = undefined;
    this.#bytes = Buffer.alloc(0);
  }
}
