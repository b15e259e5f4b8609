const MINUTE_MS = 60_000;

/**
 * Tells whether a suite may begin something more: always, or for `VELTRO_TEST_MINUTES` from now on.
 * It then says what it has done, instead of being ended in the middle of it.
 */
export function testTime(): () => boolean {
  const minutes = process.env.VELTRO_TEST_MINUTES;
  if (minutes === undefined) return () => true;
  const end = performance.now() + Number(minutes) * MINUTE_MS;
  return () => performance.now() < end;
}
