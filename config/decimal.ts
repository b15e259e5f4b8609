/** A decimal number times a unit, without rounding; undefined when the product is no whole number. */
export function multiplyExactly(decimal: string, unit: bigint): bigint | undefined {
  const [whole, fraction = ''] = decimal.split('.');
  const product = BigInt(whole + fraction) * unit;
  const divisor = 10n ** BigInt(fraction.length);
  return product % divisor === 0n ? product / divisor : undefined;
}
