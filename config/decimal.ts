/** A decimal number times a unit, never rounded; undefined when the product is not whole. */
export function multiplyExactly(decimal: string, unit: bigint): bigint | undefined {
  const [whole, fraction = ''] = decimal.split('.');
  const product = BigInt(whole + fraction) * unit;
  const divisor = 10n ** BigInt(fraction.length);
  return product % divisor === 0n ? product / divisor : undefined;
}
