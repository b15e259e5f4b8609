import { arenaPageBytes } from '../wire/limits.ts';

const EXACT_BINS = 64;
const BINS_PER_DOUBLING = 4;
const NONE = -1;

/** The bin that holds free runs of a length: exact up to 64 pages, then four bins a doubling. */
function binOf(pages: number): number {
  if (pages <= EXACT_BINS) return pages - 1;
  const exponent = 31 - Math.clz32(pages);
  const quarter = (pages >>> (exponent - 2)) & (BINS_PER_DOUBLING - 1);
  return EXACT_BINS + (exponent - 6) * BINS_PER_DOUBLING + quarter;
}

/**
 * Hands out runs of neighbouring pages and joins them again when they come back. All bookkeeping is
 * outside the pages, in arrays of the owner thread, so that nothing written into a page can harm
 * it.
 */
export class PageRuns {
  readonly pages: number;
  freePages: number;
  /**
   * At the first page of a run its length, negative when free; at the last page of a free one as
   * well.
   */
  readonly #length: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #heads: Int32Array;

  constructor(pages: number) {
    this.pages = pages;
    this.freePages = 0;
    this.#length = new Int32Array(pages);
    this.#next = new Int32Array(pages);
    this.#previous = new Int32Array(pages);
    this.#heads = new Int32Array(binOf(pages) + 1).fill(NONE);
    if (pages > 0) this.#addFree(0, pages);
  }

  /** First page of a run of that many pages, or -1 when there is none. */
  allocate(pages: number): number {
    const page = this.#find(pages);
    if (page === NONE) return NONE;
    const found = -this.#length[page];
    this.#removeFree(page, found);
    if (found > pages) this.#addFree(page + pages, found - pages);
    this.#length[page] = pages;
    return page;
  }

  /** Length of the allocated run that begins at a page. Throws when none does. */
  lengthAt(page: number): number {
    const pages = this.#length[page];
    if (!(pages > 0)) throw new Error(`No run of pages is allocated at page ${page}.`);
    return pages;
  }

  free(page: number): void {
    let first = page;
    let pages = this.lengthAt(page);
    this.#clear(page, pages);
    const before = first > 0 ? this.#length[first - 1] : 0;
    if (before < 0) {
      first += before;
      this.#removeFree(first, -before);
      pages -= before;
    }
    const behind = first + pages;
    const after = behind < this.pages ? this.#length[behind] : 0;
    if (after < 0) {
      this.#removeFree(behind, -after);
      pages -= after;
    }
    this.#addFree(first, pages);
  }

  /** Pages of the largest free run. */
  largestFree(): number {
    let largest = 0;
    for (let bin = this.#heads.length - 1; bin >= 0 && largest === 0; bin--) {
      for (let page = this.#heads[bin]; page !== NONE; page = this.#next[page]) {
        largest = Math.max(largest, -this.#length[page]);
      }
    }
    return largest;
  }

  #find(pages: number): number {
    for (let bin = binOf(pages); bin < this.#heads.length; bin++) {
      for (let page = this.#heads[bin]; page !== NONE; page = this.#next[page]) {
        if (-this.#length[page] >= pages) return page;
      }
    }
    return NONE;
  }

  #addFree(page: number, pages: number): void {
    const bin = binOf(pages);
    const head = this.#heads[bin];
    this.#next[page] = head;
    this.#previous[page] = NONE;
    if (head !== NONE) this.#previous[head] = page;
    this.#heads[bin] = page;
    this.#length[page] = -pages;
    this.#length[page + pages - 1] = -pages;
    this.freePages += pages;
  }

  #removeFree(page: number, pages: number): void {
    const next = this.#next[page];
    const previous = this.#previous[page];
    if (previous === NONE) this.#heads[binOf(pages)] = next;
    else this.#next[previous] = next;
    if (next !== NONE) this.#previous[next] = previous;
    this.#clear(page, pages);
    this.freePages -= pages;
  }

  #clear(page: number, pages: number): void {
    this.#length[page] = 0;
    this.#length[page + pages - 1] = 0;
  }
}

/** Pages that a number of bytes takes. */
export function pagesOf(bytes: number): number {
  return Math.ceil(bytes / arenaPageBytes);
}
