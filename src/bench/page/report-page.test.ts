import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartSvg } from './chart.ts';
import { escapeHtml, htmlFacts } from './html.ts';
import { percentileScale } from './report-charts.ts';

const line = { name: 'a <b> & "c"', color: 0 };

test('what people name things is text on the page, never markup', () => {
  assert.equal(escapeHtml(`<i a="1" b='2'>&`), '&lt;i a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;');
  assert.match(htmlFacts([['remark', '<script>']]), /<td>&lt;script&gt;<\/td>/);
  const points = [
    { x: 0, y: 1 },
    { x: 10, y: 2 },
  ];
  const svg = chartSvg({ title: '<t>', xLabel: 's', yLabel: 'MB/s', lines: [{ ...line, points }] });
  assert.doesNotMatch(svg, /<b>|<t>/);
  assert.match(svg, /a &lt;b&gt; &amp; &quot;c&quot;/);
});

test('a line fills the width of its chart and rises with its values', () => {
  const points = [
    { x: 0, y: 0 },
    { x: 5, y: 100 },
    { x: 10, y: 50 },
  ];
  const svg = chartSvg({ title: 't', xLabel: 's', yLabel: 'y', lines: [{ ...line, points }] });
  const path = /class="line c0" d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"/.exec(
    svg,
  );
  assert.ok(path, svg);
  const [left, bottom, middle, top, right, between] = path.slice(1).map(Number);
  assert.equal(middle - left, right - middle);
  assert.ok(top < between && between < bottom);
});

test('a chart of nothing is still a chart', () => {
  const chart = { title: 't', xLabel: 's', yLabel: 'y', lines: [{ ...line, points: [] }] };
  assert.doesNotMatch(chartSvg(chart), /NaN|Infinity/);
});

test('each nine of a percentile has the same room', () => {
  const curve = [0, 50, 90, 99, 99.9, 100].map((percentile) => ({ percentile, latency_ms: 1 }));
  const { place, ticks } = percentileScale([curve]);
  assert.deepEqual(ticks, [0, 50, 90, 99, 99.9]);
  const near = (found: number, expected: number) => assert.ok(Math.abs(found - expected) < 1e-9);
  near(place(90), 1 / 3);
  near(place(99), 2 / 3);
  near(place(99.9), 1);
  near(place(100), 1);
});
