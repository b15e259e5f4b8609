/** Bytes in base64, as the lines of the drivers carry them. */
export function base64(bytes: string | Uint8Array): string {
  return Buffer.from(bytes as string).toString('base64');
}

/** The text of bytes in base64. */
export function textOf(bytes: string): string {
  return Buffer.from(bytes, 'base64').toString();
}

/** Numbers from `first` on. */
export function numbers(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** A condition on a decimal string. */
export function isPositive(decimal: string): boolean {
  return BigInt(decimal) > 0n;
}
