import type { Cell } from './run.ts';

/** One client with all that was found out about it. */
export interface Column {
  /** Its language, for the heads of tables. */
  readonly client: string;
  /** Package and version. */
  readonly release: string;
  /** Why it could not be tested here. */
  readonly missing?: string;
  readonly cells: readonly Cell[];
}

const UNTESTED = 'not tested';
/** The scenario is about another transport. */
const NOT_PLAYED = '-';

/** The table for a terminal, with the reasons of what failed below it. */
export function textTable(columns: readonly Column[], titles: readonly string[]): string {
  const width = Math.max(...titles.map(({ length }) => length)) + 2;
  const row = (head: string, words: readonly string[]) =>
    [head.padEnd(width), ...words.map((word) => word.padEnd(12))].join('').trimEnd();
  const names = columns.map(({ client }) => client);
  const rows = titles.map((title) =>
    row(
      title,
      columns.map((column) => wordOf(column, title)),
    ),
  );
  const reasons = columns.flatMap(({ client, cells }) =>
    cells.filter(isFailed).map((cell) => `${client}, ${cell.scenario}: ${cell.reason}`),
  );
  return [row('', names), ...rows, '', ...reasons].join('\n');
}

function wordOf({ missing, cells }: Column, title: string): string {
  if (missing !== undefined) return UNTESTED;
  const cell = cells.find(({ scenario }) => scenario === title);
  if (cell === undefined) return NOT_PLAYED;
  if (cell.outcome === 'failed') return 'FAILED';
  return cell.notes.length > 0 && cell.outcome === 'passed' ? 'passed *' : cell.outcome;
}

function isFailed({ outcome }: Cell): boolean {
  return outcome === 'failed';
}

/** The last line: what is not offered, or cannot be tested here, is neither passed nor failed. */
export function countsLine(columns: readonly Column[], titles: readonly string[]): string {
  const cells = columns.flatMap((column) => column.cells);
  const count = (outcome: string) => cells.filter((cell) => cell.outcome === outcome).length;
  const untested = columns.filter(({ missing }) => missing !== undefined).length * titles.length;
  const skipped = count('not offered') + untested;
  return `${count('passed')} passed, ${count('failed')} failed, ${skipped} skipped`;
}

const preface = `# Clients

<!-- Written by: npm run test:clients -- --write-docs -->

Which official clients were seen to work with Veltro, and at what. Each scenario is written once and
played by every client against a broker of its own; [the suite](../../tests/clients/README.md) says
how. A cell is \`passed\` or \`failed\`, or \`not offered\` when the client has no call for what the
scenario is about, or \`-\` when that is about another transport. The numbers lead to what else there
is to know about a cell: calls that this client lacks, and fields that it does not show. What is not
said to be over another transport is over TCP.`;

/** The text of docs/reference/clients.md. */
export function clientReference(columns: readonly Column[], titles: readonly string[]): string {
  const footnotes: string[] = [];
  const rows = titles.map((title) => {
    const words = columns.map((column) => documentedCell(column, title, footnotes));
    return tableRow([title, ...words]);
  });
  const releases = columns.map(({ client, release }) => tableRow([client, release]));
  const heads = ['Scenario', ...columns.map(({ client }) => client)];
  return [
    `${preface}\n`,
    ...[tableRow(['Client', 'Package and version']), '|---|---|', ...releases, ''],
    ...[tableRow(heads), `|${'---|'.repeat(heads.length)}`, ...rows, ''],
    '## Notes\n',
    ...footnotes.map((text, index) => `${index + 1}. ${text}`),
    '',
  ].join('\n');
}

function documentedCell(column: Column, title: string, footnotes: string[]): string {
  if (column.missing !== undefined) return UNTESTED;
  const cell = column.cells.find(({ scenario }) => scenario === title);
  if (cell === undefined) return NOT_PLAYED;
  const [reason] = cell.reason.split('\n');
  const sentences = [...(reason === '' ? [] : [reason]), ...cell.notes];
  if (sentences.length === 0) return cell.outcome;
  footnotes.push(`${column.client}, ${title}: ${sentences.join('; ')}`);
  return `${cell.outcome} <sup>${footnotes.length}</sup>`;
}

function tableRow(words: readonly string[]): string {
  return `| ${words.map((word) => word.replaceAll('|', '\\|')).join(' | ')} |`;
}
