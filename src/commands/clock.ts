/** Microseconds since the Unix epoch, to the millisecond. */
export function nowMicros(): number {
  return Date.now() * 1000;
}
