import { groupedBy } from '../rounds.ts';
import { markdownTable } from '../table.ts';
import type { ContestantName, Measurement, Work } from './measurement.ts';
import { type Spread, spread, spreadText } from './statistics.ts';

/** The rounds of one contestant, summarized. */
export interface ContestantSummary {
  readonly mbPerSecond: Spread;
  /** Medians over the rounds of each round's percentile. */
  readonly latencyUsP50: number;
  readonly latencyUsP99: number;
}

/** One line of the report: one kind of work with one number of connections. */
export interface Comparison {
  readonly work: Work;
  readonly connections: number;
  readonly veltro: ContestantSummary;
  readonly ceiling: ContestantSummary;
  /** Veltro / ceiling of each round, so that both halves of a quotient saw the same machine. */
  readonly ratio: Spread;
}

const HEADINGS = [
  'Work',
  'Veltro MB/s (min–max)',
  'Ceiling MB/s (min–max)',
  'Ratio (min–max)',
  'Veltro p50/p99 µs',
  'Ceiling p50/p99 µs',
];

function summarize(rounds: readonly Measurement[]): ContestantSummary {
  return {
    mbPerSecond: spread(rounds.map((round) => round.mbPerSecond)),
    latencyUsP50: spread(rounds.map((round) => round.latencyUsP50)).median,
    latencyUsP99: spread(rounds.map((round) => round.latencyUsP99)).median,
  };
}

function ratios(veltro: readonly Measurement[], ceiling: readonly Measurement[]): Spread {
  const quotients = veltro.map((mine) => {
    const other = ceiling.find(({ round }) => round === mine.round);
    if (!other) throw new Error(`Round ${mine.round} has no ceiling.`);
    return mine.mbPerSecond / other.mbPerSecond;
  });
  return spread(quotients);
}

function compareOne(group: readonly Measurement[]): Comparison {
  const of = (name: ContestantName) => group.filter(({ contestant }) => contestant === name);
  const [veltro, ceiling] = [of('veltro'), of('ceiling')];
  return {
    work: group[0].work,
    connections: group[0].connections,
    veltro: summarize(veltro),
    ceiling: summarize(ceiling),
    ratio: ratios(veltro, ceiling),
  };
}

/** Puts the rounds of each kind of work and number of connections together, as they appear. */
export function compare(measurements: readonly Measurement[]): Comparison[] {
  return groupedBy(measurements, ({ work, connections }) => `${work} ${connections}`).map(
    compareOne,
  );
}

function workText({ work, connections }: Comparison): string {
  const who = work === 'send' ? 'producer' : 'consumer';
  return `${work}, ${connections} ${who}${connections === 1 ? '' : 's'}`;
}

function latencyText({ latencyUsP50, latencyUsP99 }: ContestantSummary): string {
  return `${latencyUsP50.toFixed(0)} / ${latencyUsP99.toFixed(0)}`;
}

function rowCells(comparison: Comparison): string[] {
  const { veltro, ceiling, ratio } = comparison;
  return [
    workText(comparison),
    spreadText(veltro.mbPerSecond, 0),
    spreadText(ceiling.mbPerSecond, 0),
    spreadText(ratio, 2),
    latencyText(veltro),
    latencyText(ceiling),
  ];
}

/** A Markdown table with aligned columns. */
export function formatTable(comparisons: readonly Comparison[]): string {
  return markdownTable(HEADINGS, comparisons.map(rowCells));
}
