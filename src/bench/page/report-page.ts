import { generatorWarning } from '../generator.ts';
import { shownPercentiles } from '../histogram.ts';
import type { Report } from '../report.ts';
import { figureRows, histogramRows, scalingRows } from './figures.ts';
import { escapeHtml, htmlFacts, htmlTable, page } from './html.ts';
import {
  distributionChart,
  groupNames,
  groupPercentilesChart,
  latencyChart,
  ownGroups,
  scalingChart,
  throughputChart,
} from './report-charts.ts';

/** Columns of a table of percentiles. */
export const percentileColumns: readonly string[] = [
  ...shownPercentiles.map((percent) => `p${percent} ms`),
  'max ms',
];

/** The report as one page with charts, which needs nothing from anywhere else. */
export function reportPage(report: Report): string {
  const { params, group_metrics: groups, individual_metrics: actors, scaling } = report;
  const warning = generatorWarning(report.generator);
  const own = ownGroups(groups);
  return page(`${params.benchmark_kind}: ${params.pretty_name}`, [
    `<h1>${escapeHtml(params.benchmark_kind.replaceAll('_', ' '))}</h1>`,
    `<p>${escapeHtml(params.pretty_name)}</p>`,
    `<p class="dim">${escapeHtml(`${report.timestamp}, ${report.hardware.identifier}`)}</p>`,
    ...(warning === undefined ? [] : [`<p class="warning">${escapeHtml(warning)}</p>`]),
    htmlTable(['', ...groups.map(({ summary }) => groupNames[summary.kind])], figureRows(groups)),
    '<p class="dim">Latency is that of a batch. Of a group it is the mean of the figures of its',
    'actors; the next table has the percentiles of all batches together.</p>',
    htmlTable(['', ...percentileColumns], histogramRows(own)),
    throughputChart(groups, actors),
    latencyChart(groups, actors),
    groupPercentilesChart(groups),
    ...own.flatMap(({ summary, latency_distribution: found }) =>
      found === undefined ? [] : [distributionChart(groupNames[summary.kind], found)],
    ),
    ...(scaling === undefined ? [] : scalingSection(scaling)),
    '<h2>What was run, and where</h2>',
    htmlFacts(factsOf(report)),
  ]);
}

function scalingSection(steps: NonNullable<Report['scaling']>): string[] {
  const columns = ['threads', 'group', 'MB/s', 'messages/s', 'p50 ms', 'p99 ms', 'limit'];
  return [
    '<h2>Scaling</h2>',
    `<p class="dim">All else on this page is of the last step, ${steps.at(-1)!.threads} threads.</p>`,
    htmlTable(columns, scalingRows(steps)),
    scalingChart(steps),
  ];
}

function factsOf({ params, hardware, server_stats: server, generator }: Report) {
  const busy = generator.utilization.map((share) => `${Math.round(share * 100)} %`).join(', ');
  const facts: readonly (readonly [string, unknown])[] = [
    ['command', params.bench_command],
    ['broker', `${params.server_address} (${params.transport})`],
    ['version of the broker', server.iggy_server_version],
    ['producers, consumers', `${params.producers}, ${params.consumers}`],
    [
      'streams, partitions, groups',
      [params.streams, params.partitions, params.consumer_groups].join(', '),
    ],
    ['message size', `${params.message_size} bytes`],
    ['messages per batch', params.messages_per_batch],
    ['rate limit', params.rate_limit === null ? 'none' : `${params.rate_limit} bytes/s`],
    ['generator', `${generator.threads} threads, busy ${busy}`],
    ['processor', `${hardware.cpu_name}, ${hardware.cpu_cores} cores`],
    ['system', `${hardware.os_name} ${hardware.os_version}`],
    ['remark', params.remark ?? ''],
    ['further', params.extra_info ?? ''],
    ['version that was measured', [params.gitref, params.gitref_date].filter(Boolean).join(', ')],
  ];
  return facts
    .map(([name, value]) => [name, String(value)] as const)
    .filter(([, value]) => value !== '');
}
