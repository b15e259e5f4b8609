// Writes docs/reference/commands-cli.md from the help texts of the build, or of the build folder
// that is given as an argument.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { root } from './run.mjs';

/** What every command has; told once, at the top. */
const COMMON = ['Connection', 'Output'];

const preface = `# The command line

<!-- Generated from the help texts by scripts/generate-cli-docs.mjs. -->

\`veltro\` is the one executable of the package: \`npx veltro …\` in a clone. A command prints its
answer on standard output, errors and progress on standard error. It ends with 0 when it succeeded,
with 1 when it failed, and with 2 when it was written wrongly. Digits name an id, anything else a
name. Colour and progress bars are for terminals only, and \`NO_COLOR\` is respected.`;

/** Help of one command as text, whatever the width of the terminal. */
async function helpOf(runProgram, words) {
  let text = '';
  const sink = { write: (chunk) => (text += chunk) };
  const terminal = { stdin: Readable.from([]), stdout: sink, stderr: sink, environment: {} };
  await runProgram([...words, '--help'], terminal);
  return text;
}

/** Cuts a help text into its usage line, its description and its titled lists. */
function parseHelp(text) {
  const blocks = text.trim().split(/\n\n+/);
  const usage = blocks[0].replace(/^Usage: /, '').replaceAll(/\s*\n\s*/g, ' ');
  const sections = new Map();
  for (const block of blocks.slice(2)) {
    const title = /^(\w+):\n/.exec(block)?.[1];
    if (title !== undefined) sections.set(title, block.split('\n').slice(1));
  }
  return { usage, description: blocks[1].replaceAll(/\s*\n\s*/g, ' '), sections };
}

/** Terms with their meanings; a meaning may have been broken into several lines. */
function itemsOf(lines = []) {
  const items = [];
  for (const line of lines) {
    const [, term, meaning = ''] = /^ {2}(\S.*?)(?: {2,}(.*))?$/.exec(line) ?? [];
    if (term !== undefined) items.push({ term, meaning });
    else items[items.length - 1].meaning += ` ${line.trim()}`;
  }
  return items.map(({ term, meaning }) => ({ term, meaning: meaning.trim() }));
}

function table(titles, items) {
  const rows = items.map(({ term, meaning }) => {
    const shown = meaning.replaceAll('|', '\\|').replaceAll('<', '&lt;');
    return `| \`${term.replaceAll('|', '\\|')}\` | ${shown} |`;
  });
  return [`| ${titles.join(' | ')} |`, '|---|---|', ...rows].join('\n');
}

function sentence(text) {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return start.endsWith('.') ? start : `${start}.`;
}

function leafSection(words, { usage, description, sections }) {
  const [argumentItems, optionItems] = ['Arguments', 'Options'].map((title) =>
    itemsOf(sections.get(title)).filter(({ term }) => term !== '-h, --help'),
  );
  const parts = [`## veltro ${words.join(' ')}`, sentence(description), `\`${usage}\``];
  if (argumentItems.length > 0) parts.push(table(['Argument', 'Meaning'], argumentItems));
  if (optionItems.length > 0) parts.push(table(['Option', 'Meaning'], optionItems));
  const examples = (sections.get('Examples') ?? []).map((line) => line.trim().replace(/^\$ /, ''));
  const older = itemsOf(sections.get('Compatibility'));
  if (older.length > 0) parts.push(table(['Flag of earlier versions', 'Meaning'], older));
  if (examples.length > 0) parts.push(['```', ...examples, '```'].join('\n'));
  return parts.join('\n\n');
}

/** Whether a command with others below it has options of its own. */
function hasOwnOptions({ sections }) {
  return itemsOf(sections.get('Options')).length > 1;
}

/** Sections of a command, or of all commands below it. */
async function sectionsOf(runProgram, words) {
  const help = parseHelp(await helpOf(runProgram, words));
  const verbs = itemsOf(help.sections.get('Commands'))
    .map(({ term }) => term.split(/[ |]/)[0])
    .filter((verb) => verb !== 'help');
  if (verbs.length === 0) return [leafSection(words, help)];
  const found = words.length > 0 && hasOwnOptions(help) ? [leafSection(words, help)] : [];
  for (const verb of verbs) found.push(...(await sectionsOf(runProgram, [...words, verb])));
  return found;
}

/** The text of docs/reference/commands-cli.md for the function that runs a command line. */
export async function commandReference(runProgram) {
  const { sections } = parseHelp(await helpOf(runProgram, []));
  const common = COMMON.flatMap((title) => itemsOf(sections.get(title)));
  const options = [
    '## Options of every command',
    table(['Option', 'Meaning'], common),
    'Options that say which broker to talk to are not for `veltro start`, and where a command has a',
    '`-p` of its own, the password is `--password` only.',
  ];
  return `${[preface, ...options, ...(await sectionsOf(runProgram, []))].join('\n\n')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const built = resolve(root, process.argv[2] ?? 'dist', 'src', 'cli', 'program.js');
  const { runProgram } = await import(pathToFileURL(built).href);
  const text = await commandReference(runProgram);
  writeFileSync(join(root, 'docs', 'reference', 'commands-cli.md'), text);
}
