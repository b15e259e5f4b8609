import { benchChartPointsMax } from '../../wire/limits.ts';
import { escapeHtml } from './html.ts';
import { type ChartPoint, thinned } from './thin.ts';
import { shortNumber, ticks } from './ticks.ts';

const WIDTH = 960;
const HEIGHT = 340;
const MARGIN = { left: 76, right: 20, top: 16, bottom: 52 };
const PLOT_WIDTH = WIDTH - MARGIN.left - MARGIN.right;
const PLOT_HEIGHT = HEIGHT - MARGIN.top - MARGIN.bottom;
const X_TICKS = 8;
const Y_TICKS = 6;
/** Colours of the page's style sheet, which differ by day and night. */
const COLORS = 8;

/** A line of a chart. */
export interface Line {
  readonly name: string;
  readonly points: readonly ChartPoint[];
  /** The colour by its number; lines in the background are faint. */
  readonly color: number;
  readonly style?: 'faint' | 'dashed' | 'bars';
}

/** Places on the horizontal axis: where they are, 0 to 1, and what is written there. */
export interface Scale {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
  readonly text: (value: number) => string;
}

/** What a chart shows. */
export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
  /** Default: from 0 in even steps. */
  readonly scale?: Scale;
}

/** A chart as an SVG element that needs nothing but the style sheet of the page. */
export function chartSvg(chart: Chart): string {
  const lines = chart.lines.map((line) => ({
    ...line,
    points: thinned(line.points, benchChartPointsMax),
  }));
  const scale = chart.scale ?? evenScale(lines);
  const yTicks = ticks(
    greatest(lines, ({ y }) => y),
    Y_TICKS,
  );
  const top = yTicks[yTicks.length - 1];
  const place: Place = ({ x, y }) => [
    MARGIN.left + scale.place(x) * PLOT_WIDTH,
    MARGIN.top + (1 - y / top) * PLOT_HEIGHT,
  ];
  const drawn = lines.map((line) => drawLine(line, place));
  return [
    `<figure><figcaption>${escapeHtml(chart.title)}</figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(chart.title)}">`,
    ...yTicks.map((tick) => yGrid(tick, place({ x: scale.ticks[0], y: tick })[1])),
    ...scale.ticks.map((tick) => xGrid(scale.text(tick), place({ x: tick, y: 0 })[0])),
    axisLabels(chart),
    ...drawn,
    '</svg>',
    legend(lines),
    '</figure>',
  ].join('\n');
}

type Place = (point: ChartPoint) => readonly [x: number, y: number];

function greatest(lines: readonly Line[], of: (point: ChartPoint) => number): number {
  let most = 0;
  for (const { points } of lines) for (const point of points) most = Math.max(most, of(point));
  return most;
}

function evenScale(lines: readonly Line[]): Scale {
  const most = greatest(lines, ({ x }) => x);
  const all = ticks(most, X_TICKS);
  const end = most > 0 ? most : 1;
  return {
    place: (value) => value / end,
    ticks: all.filter((tick) => tick <= end),
    text: shortNumber,
  };
}

function drawLine({ points, color, style, name }: Line, place: Place): string {
  const classes = `line c${color % COLORS} ${style ?? ''}`.trim();
  const title = `<title>${escapeHtml(name)}</title>`;
  const path = style === 'bars' ? barsPath(points, place) : linePath(points, place);
  return `<path class="${classes}" d="${path}">${title}</path>`;
}

function linePath(points: readonly ChartPoint[], place: Place): string {
  return points
    .map((point, index) => `${index === 0 ? 'M' : 'L'}${place(point).map(rounded).join(' ')}`)
    .join('');
}

/** Steps down to the axis; each bar is as wide as the way to the next. */
function barsPath(points: readonly ChartPoint[], place: Place): string {
  return points
    .map((point, index) => {
      const [left, top] = place(point);
      const next = points[index + 1] ?? { x: 2 * point.x - (points[index - 1]?.x ?? 0), y: 0 };
      const right = place(next)[0];
      const bottom = MARGIN.top + PLOT_HEIGHT;
      return `M${rounded(left)} ${bottom}V${rounded(top)}H${rounded(right)}V${bottom}Z`;
    })
    .join('');
}

function yGrid(tick: number, y: number): string {
  const at = rounded(y);
  return (
    `<path class="grid" d="M${MARGIN.left} ${at}H${WIDTH - MARGIN.right}"/>` +
    `<text class="tick" x="${MARGIN.left - 8}" y="${at}" text-anchor="end" ` +
    `dominant-baseline="middle">${shortNumber(tick)}</text>`
  );
}

function xGrid(text: string, x: number): string {
  const at = rounded(x);
  const bottom = MARGIN.top + PLOT_HEIGHT;
  return (
    `<path class="grid" d="M${at} ${MARGIN.top}V${bottom}"/>` +
    `<text class="tick" x="${at}" y="${bottom + 18}" text-anchor="middle">${text}</text>`
  );
}

function axisLabels({ xLabel, yLabel }: Chart): string {
  const middle = MARGIN.top + PLOT_HEIGHT / 2;
  return (
    `<text class="label" x="${MARGIN.left + PLOT_WIDTH / 2}" y="${HEIGHT - 10}" ` +
    `text-anchor="middle">${escapeHtml(xLabel)}</text>` +
    `<text class="label" transform="translate(14 ${middle}) rotate(-90)" ` +
    `text-anchor="middle">${escapeHtml(yLabel)}</text>`
  );
}

/** Faint lines are named by the line that they belong to. */
function legend(lines: readonly Line[]): string {
  const items = lines
    .filter(({ style }) => style !== 'faint')
    .map(({ name, color, style }) => {
      const classes = `key c${color % COLORS} ${style ?? ''}`.trim();
      return `<li><i class="${classes}"></i>${escapeHtml(name)}</li>`;
    });
  return `<ul class="legend">${items.join('')}</ul>`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
