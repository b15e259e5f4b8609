// Bar charts as SVG, legible on light and on dark pages.
import type { Spread } from '../ceiling/statistics.ts';

const WIDTH = 720;
const LABEL_WIDTH = 170;
const VALUE_WIDTH = 110;
const BAR_HEIGHT = 18;
const BAR_GAP = 6;
const GROUP_GAP = 34;
const TOP = 44;

/** One bar with the range that its value is the median of. */
export interface Bar {
  readonly label: string;
  readonly value: Spread;
  /** What stands behind the bar. */
  readonly text: string;
  /** Drawn in the colour that the reader looks for. */
  readonly isOurs: boolean;
}

/** Bars below one heading; all groups of a chart share one scale. */
export interface BarGroup {
  readonly heading: string;
  readonly bars: readonly Bar[];
}

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 16px; font-weight: 600; }
.heading { font-weight: 600; }
.value { fill: #57606a; }
.theirs { fill: #8c959f; }
.ours { fill: #0969da; }
.range { stroke: #1f2328; stroke-width: 1.5; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .value { fill: #9198a1; }
  .theirs { fill: #6e7681; }
  .ours { fill: #4493f8; }
  .range { stroke: #e6edf3; }
}`.trim();

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function drawBar(bar: Bar, top: number, scale: number): string {
  const x = (value: number) => (LABEL_WIDTH + value * scale).toFixed(1);
  const width = (bar.value.median * scale).toFixed(1);
  const middle = top + BAR_HEIGHT / 2;
  const textY = middle + 4.5;
  const textX = (LABEL_WIDTH + Math.max(bar.value.median, bar.value.max) * scale + 6).toFixed(1);
  const [from, to] = [x(bar.value.min), x(bar.value.max)];
  return [
    `<text x="${LABEL_WIDTH - 8}" y="${textY}" text-anchor="end">${escaped(bar.label)}</text>`,
    `<rect class="${bar.isOurs ? 'ours' : 'theirs'}" x="${LABEL_WIDTH}" y="${top}" ` +
      `width="${width}" height="${BAR_HEIGHT}" rx="2"/>`,
    `<line class="range" x1="${from}" x2="${to}" y1="${middle}" y2="${middle}"/>`,
    `<text class="value" x="${textX}" y="${textY}">${escaped(bar.text)}</text>`,
  ].join('\n');
}

function groupHeight({ bars }: BarGroup): number {
  return GROUP_GAP + bars.length * (BAR_HEIGHT + BAR_GAP);
}

function drawGroup(group: BarGroup, top: number, scale: number): string {
  const heading = `<text class="heading" x="0" y="${top + 16}">${escaped(group.heading)}</text>`;
  const bars = group.bars.map((bar, number) =>
    drawBar(bar, top + GROUP_GAP - BAR_GAP + number * (BAR_HEIGHT + BAR_GAP), scale),
  );
  return [heading, ...bars].join('\n');
}

/** A whole SVG document. A line across each bar reaches from the smallest to the largest round. */
export function barChart(title: string, groups: readonly BarGroup[]): string {
  const largest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value.max)));
  const scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / largest;
  const drawn: string[] = [];
  let top = TOP;
  for (const group of groups) {
    drawn.push(drawGroup(group, top, scale));
    top += groupHeight(group);
  }
  const name = escaped(title);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" ` +
      `height="${top}" role="img" aria-label="${name}">`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="0" y="20">${name}</text>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}
