// Writes docs/reference/errors.md from the error table of the build, or of the build folder that is
// given as an argument.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './run.mjs';

/** Where each family of codes begins, and what it is about. */
const families = [
  [1, 'General'],
  [30, 'Connections, users and credentials'],
  [80, 'Values'],
  [100, 'Clients and transports'],
  [1000, 'Streams'],
  [2000, 'Topics'],
  [3000, 'Partitions and consumer offsets'],
  [4000, 'Segments, messages and headers'],
  [4050, 'Producers'],
  [4100, 'Offsets'],
  [5000, 'Consumer groups'],
  [6000, 'Batches'],
  [8000, 'Addresses, snapshots and serialization'],
  [10002, 'Files and indexes'],
  [11000, 'Shards, sockets and the system'],
];

const preface = `# Errors

<!-- Generated from src/wire/error-table.ts by scripts/generate-error-docs.mjs. -->

A response of the protocol carries a status: 0, or one of these codes and nothing else. Names and
sentences are those of the protocol, so that the logs of different servers can be compared; \`{0}\`
and \`{1}\` mark values that only the side that made the error knows. The client of Veltro throws a
\`VeltroError\` with the number as \`code\` and the name as \`name\`, for what the broker answered and
for what went wrong on its own side.

Most codes are there because the protocol has them. Those that a program meets, and what to do
about them, are in [coding](../coding.md#errors).`;

function row([code, name, text]) {
  return `| ${code} | \`${name}\` | ${text.replaceAll('|', '\\|')} |`;
}

/** The text of docs/reference/errors.md for a table of codes, names and sentences. */
export function errorReference(errorTable) {
  const sections = families.map(([first, title], position) => {
    const next = families[position + 1]?.[0] ?? Number.POSITIVE_INFINITY;
    const rows = errorTable.filter(([code]) => code >= first && code < next).map(row);
    return [`## ${title}`, '', '| Code | Name | Sentence |', '|---|---|---|', ...rows].join('\n');
  });
  return `${[preface, ...sections].join('\n\n')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const built = resolve(root, process.argv[2] ?? 'dist', 'src', 'wire', 'error-table.js');
  const { errorTable } = await import(pathToFileURL(built).href);
  writeFileSync(join(root, 'docs', 'reference', 'errors.md'), errorReference(errorTable));
}
