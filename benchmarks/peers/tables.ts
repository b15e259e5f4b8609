// The results as Markdown tables, for the terminal and for the page of figures.
import { type Spread, spreadText } from '../ceiling/statistics.ts';
import { markdownTable } from '../table.ts';
import { peers } from './peers.ts';
import type { IdleSummary, PeerSummary, WorkSummary } from './summary.ts';
import type { ToolSummary } from './tool.ts';
import { isSmall, type PeerName, peerNames, workTitle } from './work.ts';

const MB = 1e6;
const ABSENT = '–';

/** `2.4 ×`, with so many digits that small ratios stay apart. */
export function ratioText({ median }: Spread): string {
  return `${median.toFixed(median < 10 ? 2 : 0)} ×`;
}

function ratioRangeText(ratio: Spread): string {
  return spreadText(ratio, ratio.median < 10 ? 2 : 0);
}

function latencyText({ latencyUsP50, latencyUsP99 }: PeerSummary): string {
  if (latencyUsP50 === null || latencyUsP99 === null) return ABSENT;
  const text = (value: number) => Math.round(value).toLocaleString('en-US');
  return `${text(latencyUsP50)} / ${text(latencyUsP99)}`;
}

/** Those that did any of the works, in the usual order. */
function presentPeers(works: readonly WorkSummary[]): PeerName[] {
  const present = new Set(works.flatMap((work) => work.peers.map(({ peer }) => peer)));
  return peerNames.filter((name) => present.has(name));
}

/** Peers without anything to tell are left out. */
function crossTable(
  works: readonly WorkSummary[],
  cell: (summary: PeerSummary) => string,
  isWanted: (peer: PeerName) => boolean = () => true,
): string {
  const headings = ['', ...works.map(({ work }) => workTitle(work))];
  const rows = presentPeers(works)
    .filter(isWanted)
    .map((name) => [
      peers[name].title,
      ...works.map(({ peers: found }) => {
        const summary = found.find(({ peer }) => peer === name);
        return summary === undefined ? ABSENT : cell(summary);
      }),
    ])
    .filter((row) => row.slice(1).some((text) => text !== ABSENT));
  return markdownTable(headings, rows);
}

/** Rates of all peers at some works. */
export function rateTable(works: readonly WorkSummary[]): string {
  return crossTable(works, ({ rate }) => spreadText(rate));
}

/** How many times the others' rate Veltro's is. */
export function ratioTable(works: readonly WorkSummary[]): string {
  const cell = ({ ratio }: PeerSummary) => (ratio === null ? ABSENT : ratioRangeText(ratio));
  return crossTable(works, cell, (peer) => peer !== 'veltro');
}

/** Median and 99th percentile of the requests. */
export function latencyTable(works: readonly WorkSummary[]): string {
  return crossTable(works, latencyText);
}

/** Works with batches, or those with single messages. */
export function worksOfKind(works: readonly WorkSummary[], small: boolean): WorkSummary[] {
  return works.filter(({ work }) => isSmall(work) === small);
}

/** Start and rest of all peers. */
export function idleTable(idle: readonly IdleSummary[]): string {
  const headings = ['', 'ready in ms', 'resident MB', '% of a core'];
  const ordered = peerNames.flatMap((name) => idle.filter(({ peer }) => peer === name));
  const scaled = ({ median, min, max }: Spread, factor: number) => ({
    median: median * factor,
    min: min * factor,
    max: max * factor,
  });
  const rows = ordered.map(({ peer, readyMs, idleBytes, idleCpu }) => [
    peers[peer].title,
    spreadText(readyMs),
    spreadText(scaled(idleBytes, 1 / MB)),
    spreadText(scaled(idleCpu, 100), 2),
  ]);
  return markdownTable(headings, rows);
}

/** The reference's own tool, both servers side by side. */
export function toolTable(summaries: readonly ToolSummary[]): string {
  const headings = ['Kind', 'Who', 'Veltro MB/s', 'Reference MB/s', 'Veltro / reference'];
  const rows = summaries.map(({ kind, role, veltro, reference, ratio }) => [
    `\`${kind}\``,
    role,
    spreadText(veltro),
    reference === null ? ABSENT : spreadText(reference),
    ratio === null ? ABSENT : spreadText(ratio, 2),
  ]);
  return markdownTable(headings, rows);
}
