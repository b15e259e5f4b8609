import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

/** One series as the parser has it: of a histogram only the buckets. */
interface ParsedSeries {
  readonly value?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly buckets?: Readonly<Record<string, string>>;
}

/** All series of one name. */
interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly metrics: readonly ParsedSeries[];
}

/** A family of metrics as an exposition describes it. */
export interface ExposedFamily {
  readonly type: 'COUNTER' | 'GAUGE' | 'HISTOGRAM' | 'SUMMARY';
  readonly help: string;
}

const TYPES = ['COUNTER', 'GAUGE', 'HISTOGRAM', 'SUMMARY'];
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{.*\})?) (\S+)$/;

// It has no types of its own.
const parse = createRequire(import.meta.url)('parse-prometheus-text-format') as (
  text: string,
) => ParsedFamily[];

/**
 * The families of an exposition by a parser that is not ours. It takes much, so what it has made of
 * the text is looked at as well: kinds, help, and that every value is a number.
 */
export function familiesOf(text: string): Map<string, ExposedFamily> {
  const families = parse(text);
  for (const { name, help, type, metrics } of families) {
    assert.ok(TYPES.includes(type), `${name} is a ${type}`);
    assert.notEqual(help, '', `${name} has no help`);
    for (const { value, buckets = {} } of metrics) {
      const values = [...(value === undefined ? [] : [value]), ...Object.values(buckets)];
      assert.ok(values.every(isNumber), `${name} has the values ${values}`);
    }
  }
  return new Map(families.map(({ name, help, type }) => [name, { help, type } as ExposedFamily]));
}

/** A number as Prometheus reads it: what a mean of nothing is has any case. */
function isNumber(text: string): boolean {
  return text.trim() !== '' && (/^([+-]?inf|nan)$/i.test(text) || !Number.isNaN(Number(text)));
}

/** Values by name and labels, such as `veltro_connections{transport="tcp"}`; none twice. */
export function seriesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const series = new Map<string, number>();
  for (const line of lines) {
    const match = SAMPLE.exec(line);
    assert.ok(match !== null && isNumber(match[2]), line);
    assert.ok(!series.has(match[1]), `${match[1]} is there twice`);
    series.set(match[1], Number(match[2]));
  }
  return series;
}
