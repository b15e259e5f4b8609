/** Units from the largest down; where two are as large as each other, the binary one is first. */
const units = ['E', 'P', 'T', 'G', 'M', 'K'].flatMap((letter, index): [string, bigint][] => [
  [`${letter}iB`, 1024n ** BigInt(6 - index)],
  [`${letter}B`, 1000n ** BigInt(6 - index)],
]);

/** A value with at most three decimals. */
const SCALE = 1000n;

/**
 * Bytes with the largest unit that shows them exactly with at most three decimals, as the reference
 * writes them: 1024 is `1 KiB`, 100502 is `100.502 KB`, 0 is `0 B`.
 */
export function printExactSize(bytes: bigint): string {
  const unit = units.find(([, factor]) => bytes >= factor && (bytes * SCALE) % factor === 0n);
  if (unit === undefined) return `${bytes} B`;
  const thousandths = (bytes * SCALE) / unit[1];
  const decimals = (thousandths % SCALE).toString().padStart(3, '0').replace(/0+$/, '');
  return `${thousandths / SCALE}${decimals === '' ? '' : `.${decimals}`} ${unit[0]}`;
}
