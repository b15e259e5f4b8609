/** Does something once, and again until so many seconds have passed. */
export async function repeatFor(seconds: number, once: () => Promise<unknown>): Promise<void> {
  const end = performance.now() + seconds * 1000;
  do await once();
  while (performance.now() < end);
}
