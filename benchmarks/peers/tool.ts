// The reference's own benchmark tool: its kinds, what it is asked to do and what it reports.
import type { Spread } from '../ceiling/statistics.ts';
import { spread } from '../ceiling/statistics.ts';

const ACTORS = '4';
/** Of each actor. */
const BATCHES = '40';

/** Servers that the tool can measure. */
export type ToolPeer = 'veltro' | 'reference';

/** One kind of its measurements. */
export interface ToolKind {
  readonly name: string;
  readonly arguments: readonly string[];
  /** Reads what the kind in front of it has sent. */
  readonly reusesStreams: boolean;
}

const producers = ['--producers', ACTORS];
const consumers = ['--consumers', ACTORS];
const streams = ['--streams', ACTORS];

/** All kinds, in an order in which those that only read find something. */
export const toolKinds: readonly ToolKind[] = [
  kind('pinned-producer', [...streams, ...producers]),
  kind('pinned-consumer', [...streams, ...consumers], true),
  kind('pinned-producer-and-consumer', [...streams, ...producers, ...consumers]),
  kind('balanced-producer', producers),
  kind('balanced-consumer-group', consumers, true),
  kind('balanced-producer-and-consumer-group', [...producers, ...consumers]),
  kind('end-to-end-producing-consumer', [...streams, '--producing-consumers', ACTORS]),
  kind('end-to-end-producing-consumer-group', [...producers, ...consumers]),
];

function kind(name: string, args: readonly string[], reusesStreams = false): ToolKind {
  return { name, arguments: args, reusesStreams };
}

/** Producers, consumers or both of one run. */
export interface ToolGroup {
  readonly role: string;
  readonly mbPerSecond: number;
  readonly latencyMsP50: number;
  readonly latencyMsP99: number;
}

/** One kind against one server. */
export interface ToolRun {
  readonly kind: string;
  readonly groups: readonly ToolGroup[];
}

/** All kinds against one server. */
export interface ToolRound {
  readonly peer: ToolPeer;
  readonly round: number;
  readonly runs: readonly ToolRun[];
}

/** The command line of one run; its report is written below a folder. */
export function toolArguments(
  { name, arguments: args, reusesStreams }: ToolKind,
  port: number,
  folder: string,
): string[] {
  return [
    ...['--message-batches', BATCHES, ...(reusesStreams ? ['--reuse-streams'] : [])],
    ...[name, ...args, 'tcp', '--server-address', `127.0.0.1:${port}`],
    ...['output', '--output-dir', folder, '--identifier', 'veltro'],
  ];
}

interface Report {
  readonly group_metrics: readonly {
    readonly summary: {
      readonly kind: string;
      readonly total_throughput_megabytes_per_second: number;
      readonly average_p50_latency_ms: number;
      readonly average_p99_latency_ms: number;
    };
  }[];
}

/** What `report.json` says of each group. */
export function readReport(text: string): ToolGroup[] {
  const report = JSON.parse(text) as Report;
  return report.group_metrics.map(({ summary }) => ({
    role: summary.kind.replaceAll('_', ' '),
    mbPerSecond: summary.total_throughput_megabytes_per_second,
    latencyMsP50: summary.average_p50_latency_ms,
    latencyMsP99: summary.average_p99_latency_ms,
  }));
}

/** One group of one kind, both servers side by side. */
export interface ToolSummary {
  readonly kind: string;
  readonly role: string;
  readonly veltro: Spread;
  /** Null when the reference was not measured. */
  readonly reference: Spread | null;
  /** Veltro / reference within each round. */
  readonly ratio: Spread | null;
}

type Rates = ReadonlyMap<number, number>;

function ratesOf(rounds: readonly ToolRound[], peer: ToolPeer, kind: string, role: string): Rates {
  const rates = new Map<number, number>();
  for (const { round, runs, peer: name } of rounds) {
    if (name !== peer) continue;
    const run = runs.find((candidate) => candidate.kind === kind);
    const group = run?.groups.find((candidate) => candidate.role === role);
    if (group !== undefined) rates.set(round, group.mbPerSecond);
  }
  return rates;
}

function spreadOrNull(values: readonly number[]): Spread | null {
  return values.length === 0 ? null : spread(values);
}

function summarizeGroup(rounds: readonly ToolRound[], kind: string, role: string): ToolSummary {
  const veltro = ratesOf(rounds, 'veltro', kind, role);
  const reference = ratesOf(rounds, 'reference', kind, role);
  const both = [...veltro.keys()].filter((round) => reference.has(round));
  return {
    kind,
    role,
    veltro: spread([...veltro.values()]),
    reference: spreadOrNull([...reference.values()]),
    ratio: spreadOrNull(both.map((round) => veltro.get(round)! / reference.get(round)!)),
  };
}

/** Every group of every kind, in the order of the runs. */
export function summarizeTool(rounds: readonly ToolRound[]): ToolSummary[] {
  const first = rounds.find(({ peer }) => peer === 'veltro');
  return (first?.runs ?? []).flatMap(({ kind: name, groups }) =>
    groups.map(({ role }) => summarizeGroup(rounds, name, role)),
  );
}
