import { type Spread, spread, spreadText } from '../ceiling/statistics.ts';
import { groupedBy } from '../rounds.ts';
import { markdownTable } from '../table.ts';
import type { ContestantName, Measurement } from './measurement.ts';

const HEADINGS = [
  'Work',
  'Veltro /s (min–max)',
  'Ceiling /s',
  'Ratio (min–max)',
  'Veltro p50/p99 µs',
  'Ceiling p50 µs',
  'Echo in Node /s',
  'Echo p50 µs',
  'Acceptor µs',
  'Shards µs',
  'Echo µs',
];

/** The rounds of one kind of work with all contestants. */
export interface RequestSummary {
  readonly work: string;
  readonly rates: Readonly<Record<ContestantName, Spread>>;
  readonly latencyUsP50: Readonly<Record<ContestantName, number>>;
  readonly latencyUsP99: Readonly<Record<ContestantName, number>>;
  /** Veltro / ceiling of each round. */
  readonly ratio: Spread;
  /** Processor time a request, medians. */
  readonly acceptorUs: number;
  readonly shardsUs: number;
  readonly echoUs: number;
}

/** What a kind of work is called. */
export function workText({ mode, connections, depth }: Measurement): string {
  const times = depth === 1 ? '' : `, ${depth} at once`;
  return `${mode}, ${connections} connection${connections === 1 ? '' : 's'}${times}`;
}

function medianOf(rounds: readonly Measurement[], field: 'acceptorUs' | 'othersUs'): number {
  return spread(rounds.map((round) => round[field])).median;
}

function summarizeOne(group: readonly Measurement[]): RequestSummary {
  const of = (name: ContestantName) => group.filter(({ contestant }) => contestant === name);
  const all = { veltro: of('veltro'), ceiling: of('ceiling'), echo: of('echo') };
  const each = <Value>(value: (rounds: readonly Measurement[]) => Value) => ({
    veltro: value(all.veltro),
    ceiling: value(all.ceiling),
    echo: value(all.echo),
  });
  const ratios = all.veltro.map((mine, index) => {
    return mine.requestsPerSecond / all.ceiling[index].requestsPerSecond;
  });
  return {
    work: workText(group[0]),
    rates: each((rounds) => spread(rounds.map((round) => round.requestsPerSecond))),
    latencyUsP50: each((rounds) => spread(rounds.map((round) => round.latencyUsP50)).median),
    latencyUsP99: each((rounds) => spread(rounds.map((round) => round.latencyUsP99)).median),
    ratio: spread(ratios),
    acceptorUs: medianOf(all.veltro, 'acceptorUs'),
    shardsUs: medianOf(all.veltro, 'othersUs'),
    echoUs: medianOf(all.echo, 'acceptorUs'),
  };
}

/** Puts the rounds of each kind of work together, in order of appearance. */
export function summarize(measurements: readonly Measurement[]): RequestSummary[] {
  return groupedBy(measurements, workText).map(summarizeOne);
}

function cells(summary: RequestSummary): string[] {
  const { rates, latencyUsP50, latencyUsP99 } = summary;
  return [
    summary.work,
    spreadText(rates.veltro, 0),
    rates.ceiling.median.toFixed(0),
    spreadText(summary.ratio, 2),
    `${latencyUsP50.veltro.toFixed(0)} / ${latencyUsP99.veltro.toFixed(0)}`,
    latencyUsP50.ceiling.toFixed(0),
    rates.echo.median.toFixed(0),
    latencyUsP50.echo.toFixed(0),
    summary.acceptorUs.toFixed(1),
    summary.shardsUs.toFixed(1),
    summary.echoUs.toFixed(1),
  ];
}

/** A Markdown table with a line for each kind of work. */
export function formatSummaries(summaries: readonly RequestSummary[]): string {
  return markdownTable(HEADINGS, summaries.map(cells));
}
