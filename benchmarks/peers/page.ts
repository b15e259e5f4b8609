// The page of figures with its charts, made from the results alone: nothing is copied by hand.
import { markdownTable } from '../table.ts';
import { type BarGroup, barChart } from './chart.ts';
import { peers } from './peers.ts';
import type { Results } from './results.ts';
import { type IdleSummary, summarizeIdle, summarizeWorks, type WorkSummary } from './summary.ts';
import {
  idleTable,
  latencyTable,
  rateTable,
  ratioTable,
  ratioText,
  toolTable,
  worksOfKind,
} from './tables.ts';
import { summarizeTool } from './tool.ts';
import { type PeerName, peerNames, workTitle } from './work.ts';

const COLUMNS_MAX = 100;
const MB = 1e6;

/** A file of the page, below `docs/`. */
export interface PageFile {
  readonly path: string;
  readonly text: string;
}

/** Breaks prose into lines that fit. */
export function wrap(text: string, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > COLUMNS_MAX) {
      lines.push(line);
      line = indent + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

function bullet(text: string): string {
  return wrap(`- ${text}`, '  ');
}

function workBars({ peers: found }: WorkSummary, digits = 0): BarGroup['bars'] {
  return peerNames.flatMap((name) =>
    found
      .filter(({ peer }) => peer === name)
      .map(({ rate }) => ({
        label: peers[name].title,
        value: rate,
        text: rate.median.toLocaleString('en-US', { maximumFractionDigits: digits }),
        isOurs: name === 'veltro',
      })),
  );
}

function rateChart(title: string, works: readonly WorkSummary[]): string {
  const groups = works.map((summary) => ({
    heading: workTitle(summary.work),
    bars: workBars(summary),
  }));
  return barChart(title, groups);
}

function idleChart(idle: readonly IdleSummary[]): string {
  const bars = peerNames.flatMap((name) =>
    idle
      .filter(({ peer }) => peer === name)
      .map(({ idleBytes: { median, min, max } }) => ({
        label: peers[name].title,
        value: { median: median / MB, min: min / MB, max: max / MB },
        text: (median / MB).toFixed(0),
        isOurs: name === 'veltro',
      })),
  );
  return barChart('Resident memory while idle, MB', [{ heading: '', bars }]);
}

function charts(works: readonly WorkSummary[], idle: readonly IdleSummary[]): PageFile[] {
  const [batches, singles] = [worksOfKind(works, false), worksOfKind(works, true)];
  return [
    { path: 'charts/batches.svg', text: rateChart('Batches of 1,000 × 1 KB, MB/s', batches) },
    { path: 'charts/singles.svg', text: rateChart('Single messages, messages/s', singles) },
    { path: 'charts/idle.svg', text: idleChart(idle) },
  ];
}

/** What one other peer's ratios are in short: `2.10 × and 1.80 × at sending …`. */
function ratioSentence(name: PeerName, works: readonly WorkSummary[]): string {
  const parts = works.flatMap(({ work, peers: found }) => {
    const ratio = found.find(({ peer }) => peer === name)?.ratio;
    return ratio == null
      ? []
      : [`${ratioText(ratio)} at ${workTitle(work).replace(/^(\w+) /, '$1ing ')}`];
  });
  return `${peers[name].title}: ${parts.join('; ')}.`;
}

function inShort(works: readonly WorkSummary[]): string[] {
  const batches = worksOfKind(works, false);
  const others = peerNames.filter(
    (name) =>
      name !== 'veltro' &&
      batches.some(({ peers: found }) => found.some(({ peer, ratio }) => peer === name && ratio)),
  );
  return [
    '## In short',
    '',
    wrap('Veltro’s rate as a multiple of the other’s, median of the ratios within each round:'),
    '',
    ...others.map((name) => bullet(ratioSentence(name, batches))),
    '',
  ];
}

function batchSection(works: readonly WorkSummary[]): string[] {
  const batches = worksOfKind(works, false);
  return [
    '## Batches',
    '',
    wrap(
      'Batches of 1,000 messages of 1,000 bytes; an acknowledgement means that they are in the ' +
        'page cache. MB/s of payload, median of the rounds, smallest and largest in brackets.',
    ),
    '',
    '![Rates of all brokers with batches](charts/batches.svg)',
    '',
    rateTable(batches),
    '',
    'Veltro’s rate divided by the other’s, in each round by itself:',
    '',
    ratioTable(batches),
    '',
    'Median and 99th percentile of a request in µs, where the client waits for each of them:',
    '',
    latencyTable(batches),
    '',
  ];
}

function singleSection(works: readonly WorkSummary[]): string[] {
  const singles = worksOfKind(works, true);
  return [
    '## Single messages',
    '',
    wrap(
      'Each client sends one message of 1,000 bytes and waits for the acknowledgement before the ' +
        'next one; then it asks for the same messages one by one. Messages a second:',
    ),
    '',
    '![Rates of all brokers with single messages](charts/singles.svg)',
    '',
    rateTable(singles),
    '',
    'Median and 99th percentile of a request in µs:',
    '',
    latencyTable(singles),
    '',
  ];
}

function idleSection(idle: readonly IdleSummary[]): string[] {
  return [
    '## Start and rest',
    '',
    wrap(
      'From the start of the process to its first answer; then, with an empty data folder and ' +
        'nobody connected, the resident memory of all its processes and their use of a processor.',
    ),
    '',
    '![Resident memory of all brokers while idle](charts/idle.svg)',
    '',
    idleTable(idle),
    '',
  ];
}

function toolSection({ tool, sizes }: Results): string[] {
  if (tool.length === 0) return [];
  return [
    '## The reference’s own benchmark tool',
    '',
    wrap(
      'Every kind of measurement that the tool has, over TCP, with its own client library, four ' +
        'actors of each sort, 40 batches of 1,000 × 1,000 bytes each, against both servers; medians ' +
        `of ${new Set(tool.map(({ round }) => round)).size} rounds. The tool encodes and decodes ` +
        'every message on the cores that it shares with the server. All kinds run again and again ' +
        `for ${sizes.warmUpSeconds} seconds before they count.`,
    ),
    '',
    toolTable(summarizeTool(tool)),
    '',
  ];
}

function contestantsSection({ versions, absent }: Results): string[] {
  const present = peerNames.filter((name) => versions[name] !== undefined);
  const rows = present.map((name) => [
    peers[name].title,
    versions[name] || '–',
    peers[name].settings,
    peers[name].client,
  ]);
  const missing = peerNames.filter((name) => absent[name] !== undefined);
  return [
    '## Who was compared, and how',
    '',
    markdownTable(['', 'Version', 'Set up with', 'Load made by'], rows),
    '',
    ...missing.map((name) => bullet(`${peers[name].title} is missing: ${absent[name]}.`)),
    ...(missing.length === 0 ? [] : ['']),
  ];
}

/** Each reason once, with the works that it is the reason for. */
function skippedText(rounds: Results['rounds']): string[] {
  const works = new Map<string, Set<string>>();
  for (const { peer, skipped } of rounds) {
    for (const { mode, skipped: reason } of skipped) {
      const key = `${peers[peer].title}|${reason}`;
      const verbs = works.get(key) ?? new Set();
      works.set(key, verbs.add(mode === 'send' ? 'sending' : 'reading'));
    }
  }
  return [...works].map(([key, verbs]) => {
    const [title, reason] = key.split('|');
    return bullet(
      `${title} has no figure for ${[...verbs].join(' and ')} single messages: ${reason}.`,
    );
  });
}

function methodSection({ machine, sizes, rounds }: Results): string[] {
  const { processor, cores, memoryGb, platform, node, loadAverage } = machine;
  return [
    '## How it was measured',
    '',
    bullet(
      `${cores} cores (${processor}), ${memoryGb} GB, ${platform}, Node.js ${node.slice(1)}. ` +
        'Broker and load generator share the cores, over the loopback interface.',
    ),
    bullet(
      `${sizes.rounds} rounds. In each of them every broker has one turn, and the order is turned ` +
        'around from round to round. A turn starts the broker in an empty folder, does the work ' +
        `again and again for ${sizes.warmUpSeconds} seconds without counting, since virtual machines ` +
        'compile what runs often, does it once more and counts, stops the broker, deletes its data.',
    ),
    bullet(
      `${sizes.batches} MB are sent and read back for each number of clients. Before that as many ` +
        'bytes are written to a file and deleted: in a virtual machine the first touch of memory ' +
        'costs more than the work.',
    ),
    bullet('Every client has a log of its own: a partition, a stream or a key.'),
    bullet(
      `Veltro runs with ${sizes.threads} shard ${sizes.threads === 1 ? 'thread' : 'threads'}.`,
    ),
    bullet(
      `The load average at the beginning was ${loadAverage}. ` +
        (loadAverage > cores / 2 ? BUSY : 'Nothing else was at work.'),
    ),
    ...skippedText(rounds),
    '',
  ];
}

const BUSY =
  'Others were at work on the same cores, at a lower priority: figures are lower than they could ' +
  'be and ranges are wide, most of all where threads wait for each other. Ratios say more than ' +
  'digits, but they suffer as well.';

const LIMITS = [
  'Nothing about disks and networks: all of it fits into the page cache, on one machine. No ' +
    'broker syncs before it acknowledges.',
  'Nothing about clusters. Kafka, NATS and RabbitMQ replicate, which Veltro does not; here each of ' +
    'them is alone.',
  'Client libraries are part of the figures. Veltro, the ceiling and the reference are measured ' +
    'with a generator in C that prepares its batches beforehand and looks at little of what it ' +
    'reads; the others with the fastest client that was found, which encodes and decodes every ' +
    'message. On two cores, which both sides share, that is a good part of the difference. It is ' +
    'also what a program would get.',
  'A protocol whose frames hold a whole batch, as they are stored, is made for this work; others ' +
    'do more for each message: subjects and filters, entries with fields, several readers’ ' +
    'formats.',
  'Threads of Veltro that expect more work look for it before they sleep, for 0.2 ms at most; most ' +
    'others sleep at once. Single messages gain by it while a core has nothing better to do.',
  'Settings are meant to favour each broker at this work, but whoever knows one of them well will ' +
    'find better ones.',
];

const MARK_BEFORE = '<!-- figures -->\n';
const MARK_BEHIND = '<!-- /figures -->';

/** The README with its figures put in place. Throws when it has no place for them. */
export function withFigures(readme: string, results: Results): string {
  const start = readme.indexOf(MARK_BEFORE) + MARK_BEFORE.length;
  const end = readme.indexOf(MARK_BEHIND);
  if (start < MARK_BEFORE.length || end < start) {
    throw new Error(`The README has no ${MARK_BEFORE.trim()} and ${MARK_BEHIND}.`);
  }
  const works = summarizeWorks(results.rounds);
  const figures = [
    wrap(
      'Batches of 1,000 messages of 1 KB, acknowledged when they are in the page cache, in MB/s: ' +
        `Veltro beside others on ${results.machine.cores} cores that they share with the load ` +
        'generator. The ceiling is a server in C that only receives, writes and answers.',
    ),
    '',
    rateTable(worksOfKind(works, false)),
    '',
    'Single messages of 1 KB a second, where each client waits for the answer before the next one:',
    '',
    rateTable(worksOfKind(works, true)),
    '',
    'What that says, what it does not say, latencies, memory, and how to repeat it:',
    '[benchmarks](docs/benchmarks.md).',
    '',
  ].join('\n');
  return readme.slice(0, start) + figures + readme.slice(end);
}

/** All files of the page of figures. */
export function pageFiles(results: Results): PageFile[] {
  const works = summarizeWorks(results.rounds);
  const idle = summarizeIdle(results.rounds);
  const text = [
    '# Benchmarks',
    '',
    wrap(
      'Veltro beside other brokers, each at the same work on the same machine in one run. This page ' +
        'and its charts are written by `npm run bench:peers -- --write-docs`. What the ceiling is, ' +
        'and how the parts of Veltro are measured by themselves, says',
    ),
    '[benchmarks/README.md](../benchmarks/README.md).',
    '',
    ...inShort(works),
    ...batchSection(works),
    ...singleSection(works),
    ...idleSection(idle),
    ...toolSection(results),
    ...contestantsSection(results),
    ...methodSection(results),
    '## What the figures do not say',
    '',
    ...LIMITS.map(bullet),
    '',
    '## How to repeat it',
    '',
    '```',
    'npm run bench:peers',
    'npm run bench:peers -- --peers ceiling,veltro,nats --rounds 3',
    'npm run bench:peers -- --help',
    '```',
    '',
    wrap(
      'It needs Linux, a C compiler, and for the others Go, Java with Maven, and a system with ' +
        'Debian’s packages; whatever cannot be had is named and left out. Nothing is installed: ' +
        'programs are kept in `$XDG_CACHE_HOME/veltro-bench`, or else `~/.cache/veltro-bench`. The ' +
        'reference server and its tool take part when their paths are given.',
    ),
    '',
  ].join('\n');
  return [{ path: 'benchmarks.md', text }, ...charts(works, idle)];
}
