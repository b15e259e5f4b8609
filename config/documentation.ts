import {
  passwordBytesMax,
  passwordBytesMin,
  usernameBytesMax,
  usernameBytesMin,
} from '../src/wire/limits.ts';
import { formats } from './formats.ts';
import type { KeyDefinition } from './keys/definition.ts';
import { type ConfigKey, environmentName, keyDefinitions } from './schema.ts';

const COMMENT_COLUMNS = 96;

function printBound(definition: KeyDefinition, bound: number): string {
  return String(formats[definition.format].print(bound));
}

/** Type and bounds of a key in words, such as `byte size, at most 1 GiB, multiple of 512 B`. */
function allowedValues(definition: KeyDefinition): string {
  const { format, min, max, multipleOf, choices } = definition;
  const summary = formats[format].summary;
  const parts = [choices === undefined ? summary : `${summary} ${choices.map(code).join(', ')}`];
  if (min !== undefined) parts.push(`at least ${printBound(definition, min)}`);
  if (max !== undefined) parts.push(`at most ${printBound(definition, max)}`);
  if (multipleOf !== undefined) parts.push(`multiple of ${printBound(definition, multipleOf)}`);
  return parts.join(', ');
}

function code(text: unknown): string {
  return `\`${text}\``;
}

function printDefault({ default: value }: KeyDefinition): string {
  const isEmpty = value === '' || (Array.isArray(value) && value.length === 0);
  if (isEmpty) return 'empty';
  return Array.isArray(value) ? value.map(code).join(', ') : code(value);
}

function commentLines(text: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > COMMENT_COLUMNS) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function keyLines(definition: KeyDefinition): string[] {
  const name = definition.key.slice(definition.key.lastIndexOf('.') + 1);
  const allowed = allowedValues(definition).replaceAll('`', '"');
  return [
    ...commentLines(definition.doc.replaceAll('`', '"')),
    ...commentLines(`Value: ${allowed}. Environment: ${environmentName(definition.key)}.`),
    `${name} = ${JSON.stringify(definition.default)}`,
    '',
  ];
}

function sectionOf(key: ConfigKey): string {
  return key.slice(0, key.lastIndexOf('.'));
}

/** The text of `config/veltro.toml`: every key at its default, with what it means. */
export function defaultToml(): string {
  const lines = [
    '# The default configuration of Veltro. Every key is optional. Stronger than this file are the',
    '# environment (VELTRO_<SECTION>_<KEY>) and the flags of "veltro start".',
    '# Generated from config/schema.ts by scripts/generate-config-docs.mjs.',
    '',
  ];
  const sections = new Set(keyDefinitions.map(({ key }) => sectionOf(key)));
  for (const section of sections) {
    const keys = keyDefinitions.filter(({ key }) => sectionOf(key) === section);
    lines.push(`[${section}]`, ...keys.flatMap(keyLines));
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function keySection(definition: KeyDefinition): string {
  const rows = [
    `### ${code(definition.key)}`,
    '',
    definition.doc,
    '',
    '| | |',
    '|---|---|',
    `| Value | ${allowedValues(definition)} |`,
    `| Default | ${printDefault(definition)} |`,
    `| Environment | ${code(environmentName(definition.key))} |`,
  ];
  if (definition.flag !== undefined) rows.push(`| Flag | ${code(definition.flag)} |`);
  rows.push(`| In \`Config\` | ${code(definition.field)} |`, `| Since | ${definition.since} |`);
  return rows.join('\n');
}

const preface = `# Configuration

<!-- Generated from config/schema.ts by scripts/generate-config-docs.mjs. -->

A value comes from the strongest source that gives it: a flag of \`veltro start\`, an environment
variable, the configuration file, the default. The file is the one of \`--config\`, else of
\`VELTRO_CONFIG_PATH\`, else of \`IGGY_CONFIG_PATH\`; it is TOML, or JSON when its name ends in
\`.json\`. \`config/veltro.toml\` shows every key at its default. What a running broker uses stands
in \`<data-dir>/runtime/current_config.toml\`, with the addresses that were really bound.

An unknown key is an error that names the nearest known one, and so is a value that does not fit.
All mistakes are reported together. Empty variables count as unset. Every \`VELTRO_…\` name is
accepted with \`IGGY_\` in front as well; the \`VELTRO_…\` one wins, and an unknown \`IGGY_…\` name
is only a warning.

## Values

| Kind | Written as |
|---|---|
| byte size | a number of bytes, or a text such as \`"100 KB"\` or \`"1.5 GiB"\` |
| duration | a text with units: \`"500 ms"\`, \`"10 s"\`, \`"1 h 30 m"\`, \`"7 days"\` |
| address | \`"127.0.0.1:8090"\`, \`"[::1]:8090"\` or \`"localhost:8090"\` |
| list | \`["a", "b"]\`; in the environment also \`[a, b]\` or \`a, b\` |
| list of tables | \`[[section.key]]\` for each; in the environment one variable for each value, such as \`VELTRO_HTTP_JWT_TRUSTED_ISSUERS_0_ISSUER\`, with the numbers 0 to 9 |

Sizes in \`KB\`, \`MB\`, \`GB\` and \`TB\` count in thousands, in \`KiB\`, \`MiB\`, \`GiB\` and \`TiB\` in
1024s; an upper-case \`B\` means bytes, a lower-case \`b\` bits. The port 0 picks a free one.

## Root credentials

\`VELTRO_ROOT_USERNAME\` (${usernameBytesMin} to ${usernameBytesMax} bytes) and \`VELTRO_ROOT_PASSWORD\`
(${passwordBytesMin} to ${passwordBytesMax} bytes), or the same with \`IGGY_\`, are the root user's name and password. They
go together and count only at the first start on a data directory. Without them, root is called
\`iggy\` and gets a random password, which is shown once; \`--with-default-root-credentials\` makes
it \`iggy\`.

## Keys`;

/** The text of `docs/reference/configuration.md`. */
export function configurationReference(): string {
  return `${[preface, ...keyDefinitions.map(keySection)].join('\n\n')}\n`;
}
