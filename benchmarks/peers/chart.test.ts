import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { barChart } from './chart.ts';

const bar = (label: string, median: number, isOurs = false) => ({
  label,
  value: { median, min: median / 2, max: median * 2 },
  text: `${median} MB/s`,
  isOurs,
});
const chart = barChart('Rates & ranges', [
  { heading: 'one <client>', bars: [bar('Ours', 100, true), bar('Theirs', 50)] },
  { heading: 'four clients', bars: [bar('Ours', 25, true)] },
]);

function widths(text: string): number[] {
  return [...text.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
}

describe('a chart', () => {
  it('draws bars of all groups to one scale', () => {
    const [first, second, third] = widths(chart);
    assert.ok(Math.abs(first / second - 2) < 0.01 && Math.abs(first / third - 4) < 0.01);
  });

  it('has room for the largest round and what stands behind it', () => {
    const viewWidth = Number(/viewBox="0 0 (\d+)/.exec(chart)?.[1]);
    const ends = [...chart.matchAll(/x2="([\d.]+)"/g)].map(([, x]) => Number(x));
    assert.equal(ends.length, 3);
    assert.ok(Math.max(...ends) <= viewWidth - 100);
  });

  it('marks ours, and escapes what is text', () => {
    assert.equal(chart.match(/class="ours"/g)?.length, 2);
    assert.equal(chart.match(/class="theirs"/g)?.length, 1);
    assert.match(chart, />Rates &amp; ranges</);
    assert.match(chart, />one &lt;client></);
  });

  it('has colours for dark pages', () => {
    assert.match(chart, /@media \(prefers-color-scheme: dark\)/);
  });

  it('is as high as its groups', () => {
    const height = Number(/height="(\d+)" role/.exec(chart)?.[1]);
    const tops = [...chart.matchAll(/<rect [^>]*y="([\d.]+)"/g)].map(([, y]) => Number(y));
    assert.ok(Math.max(...tops) + 18 < height);
  });
});
