import { markdownTable } from '../table.ts';

/** How long one operation took, over all calls of its task. */
export interface MicroResult {
  readonly part: string;
  readonly work: string;
  readonly calls: number;
  readonly nanosecondsP50: number;
  readonly nanosecondsP99: number;
  /** Bytes of one operation, where a rate says something. */
  readonly bytes?: number;
}

const HEADINGS = ['Part', 'Work', 'Median', 'p99', 'A second', 'GB/s'];
const STEPS: readonly (readonly [limit: number, unit: string])[] = [
  [1e3, 'ns'],
  [1e6, 'µs'],
  [1e9, 'ms'],
  [1e12, 's'],
];

/** A duration with three digits: `42.0 ns`, `1.25 µs`. */
export function durationText(nanoseconds: number): string {
  const [limit, unit] = STEPS.find(([top]) => nanoseconds < top) ?? STEPS[STEPS.length - 1];
  return `${(nanoseconds / (limit / 1e3)).toPrecision(3)} ${unit}`;
}

function cells({ part, work, bytes, nanosecondsP50, nanosecondsP99 }: MicroResult): string[] {
  return [
    part,
    work,
    durationText(nanosecondsP50),
    durationText(nanosecondsP99),
    Math.round(1e9 / nanosecondsP50).toLocaleString('en-US'),
    bytes === undefined ? '' : (bytes / nanosecondsP50).toFixed(2),
  ];
}

/** All results as a Markdown table. */
export function formatResults(results: readonly MicroResult[]): string {
  return markdownTable(HEADINGS, results.map(cells));
}
