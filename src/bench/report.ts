import { randomUUID } from 'node:crypto';
import type { CacheMetrics, Stats } from '../wire/classic/structures/stats.ts';
import type { Generator } from './generator.ts';
import { type Kind, kindOf } from './kinds.ts';
import { type Hardware, hardware } from './machine.ts';
import type { Plan } from './plan.ts';
import { rangeParameter } from './range.ts';
import type { RunResult } from './run.ts';
import { type ActorMetrics, type GroupMetrics, metricsOf } from './summary.ts';

/** What a person says about a run. */
export interface Remarks {
  readonly identifier?: string;
  readonly remark?: string;
  readonly extraInfo?: string;
  readonly gitref?: string;
  readonly gitrefDate?: string;
}

/** What a report needs to know besides plan and result. */
export interface ReportContext {
  readonly transport: string;
  readonly serverAddress: string;
  /** The command line. */
  readonly command: string;
  readonly remarks: Remarks;
}

/** Parameters of a run, with the keys of a report. */
export interface Parameters {
  readonly benchmark_kind: string;
  readonly transport: string;
  readonly server_address: string;
  readonly remark: string | null;
  readonly extra_info: string | null;
  readonly gitref: string | null;
  readonly gitref_date: string | null;
  readonly messages_per_batch: number | string;
  readonly message_batches: number;
  readonly message_size: number | string;
  readonly producers: number;
  readonly consumers: number;
  readonly streams: number;
  readonly partitions: number;
  readonly consumer_groups: number;
  readonly rate_limit: number | null;
  readonly pretty_name: string;
  readonly bench_command: string;
  readonly params_identifier: string;
}

/** The figures of one step of a run over several numbers of threads. */
export interface ScalingStep {
  readonly threads: number;
  readonly groups: readonly GroupMetrics['summary'][];
  readonly generator_was_limit: boolean;
}

/** The file `report.json`. `generator` and `scaling` are beyond the reference's report. */
export interface Report {
  readonly uuid: string;
  readonly timestamp: string;
  readonly server_stats: Readonly<Record<string, unknown>>;
  readonly hardware: Hardware;
  readonly params: Parameters;
  readonly group_metrics: readonly GroupMetrics[];
  readonly individual_metrics: readonly ActorMetrics[];
  readonly generator: Generator;
  readonly scaling?: readonly ScalingStep[];
}

/** The report of a run that has just ended. */
export function reportOf(plan: Plan, result: RunResult, context: ReportContext): Report {
  const timestamp = new Date().toISOString();
  const { groups, actors } = metricsOf(plan, result.recordings);
  return {
    uuid: randomUUID(),
    timestamp,
    server_stats: serverStats(result.stats),
    hardware: hardware(context.remarks.identifier),
    params: parameters(plan, context, timestamp),
    group_metrics: groups,
    individual_metrics: actors,
    generator: result.generator,
  };
}

/** The row of a report in a table over numbers of threads. */
export function scalingStep(threads: number, report: Report): ScalingStep {
  const groups = report.group_metrics.map(({ summary }) => summary);
  return { threads, groups, generator_was_limit: report.generator.was_limit };
}

function parameters(plan: Plan, context: ReportContext, timestamp: string): Parameters {
  const { options, counts } = plan;
  const { remark, extraInfo, gitref, gitrefDate } = context.remarks;
  const kind = kindOf(options.kind);
  return {
    benchmark_kind: kind.reportName,
    transport: context.transport,
    server_address: context.serverAddress,
    remark: remark ?? null,
    extra_info: extraInfo ?? null,
    gitref: gitref ?? null,
    gitref_date: gitrefDate ?? timestamp,
    messages_per_batch: rangeParameter(options.batchLength),
    message_batches: 'batches' in options.volume ? options.volume.batches : 0,
    message_size: rangeParameter(options.messageBytes),
    producers: counts.producers,
    consumers: counts.consumers,
    streams: counts.streams,
    partitions: counts.partitions,
    consumer_groups: plan.groups.length,
    rate_limit: options.bytesPerSecond,
    pretty_name: prettyName(plan, kind, context),
    bench_command: context.command,
    params_identifier: parametersIdentifier(plan, context),
  };
}

/** The actors of a run, counted as the names of folders count them. */
function actorsCount({ counts }: Plan, { actors }: Kind): number {
  if (actors === 'consumers') return counts.consumers;
  return actors === 'both' ? counts.producers + counts.consumers : counts.producers;
}

function volumeText({ options }: Plan): string {
  return 'bytes' in options.volume ? `${options.volume.bytes}B` : String(options.volume.batches);
}

/** Kind and numbers of a run in one word, the same for runs that can be compared. */
export function parametersIdentifier(plan: Plan, { transport, remarks }: ReportContext): string {
  const kind = kindOf(plan.options.kind);
  return [
    kind.reportName,
    actorsCount(plan, kind),
    rangeParameter(plan.options.messageBytes),
    rangeParameter(plan.options.batchLength),
    volumeText(plan),
    transport,
    ...[remarks.remark, remarks.gitref, remarks.identifier].filter((part) => part !== undefined),
  ].join('_');
}

function prettyName(plan: Plan, { actors }: Kind, { transport }: ReportContext): string {
  const { options, counts } = plan;
  const parties = {
    producers: `${counts.producers} producers`,
    consumers: `${counts.consumers} consumers`,
    both: `${counts.producers} producers and ${counts.consumers} consumers`,
    'producing-consumers': `${counts.producers} producing consumers`,
  }[actors];
  const size = rangeParameter(options.messageBytes);
  const length = rangeParameter(options.batchLength);
  return `${parties}, ${length} messages of ${size} B per batch, ${transport}`;
}

function serverStats(stats: Stats): Record<string, unknown> {
  return {
    process_id: stats.processId,
    cpu_usage: stats.cpuUsagePercent,
    total_cpu_usage: stats.totalCpuUsagePercent,
    memory_usage: Number(stats.memoryUsageBytes),
    total_memory: Number(stats.totalMemoryBytes),
    available_memory: Number(stats.availableMemoryBytes),
    run_time: Number(stats.runTimeMicros),
    start_time: Number(stats.startedAt),
    read_bytes: Number(stats.readBytes),
    written_bytes: Number(stats.writtenBytes),
    messages_size_bytes: Number(stats.messagesSizeBytes),
    streams_count: stats.streamsCount,
    topics_count: stats.topicsCount,
    partitions_count: stats.partitionsCount,
    segments_count: stats.segmentsCount,
    messages_count: Number(stats.messagesCount),
    clients_count: stats.clientsCount,
    consumer_groups_count: stats.consumerGroupsCount,
    hostname: stats.hostname,
    os_name: stats.osName,
    os_version: stats.osVersion,
    kernel_version: stats.kernelVersion,
    iggy_server_version: stats.serverVersion,
    iggy_server_semver: stats.serverSemver,
    cache_metrics: Object.fromEntries(stats.cacheMetrics.map(cacheEntry)),
  };
}

function cacheEntry(metrics: CacheMetrics): readonly [string, unknown] {
  const { streamId, topicId, partitionId, hits, misses, hitRatio } = metrics;
  const counts = { hits: Number(hits), misses: Number(misses), hit_ratio: hitRatio };
  return [`${streamId}-${topicId}-${partitionId}`, counts];
}
