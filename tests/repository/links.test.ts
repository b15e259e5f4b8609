import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { assertNone } from './assert-none.ts';
import { projectFiles, root, textOf } from './project-files.ts';

const FENCE = /^( *)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1\2 *$/gm;
const LINK = /!?\[(?:[^[\]]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g;
const REFERENCE = /^\[[^\]]+\]:\s+(\S+)/gm;
const HEADING = /^#{1,6}\s+(.+?)\s*#*$/gm;

const pages = projectFiles.filter((path) => path.endsWith('.md'));

function linksOf(text: string): string[] {
  const prose = text.replaceAll(FENCE, '').replaceAll(/`[^`\n]*`/g, '``');
  return [...prose.matchAll(LINK), ...prose.matchAll(REFERENCE)].map(([, target]) => target);
}

/** Anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, title] of text.replaceAll(FENCE, '').matchAll(HEADING)) {
    const plain = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-');
    let anchor = slug;
    for (let repeat = 1; anchors.has(anchor); repeat++) anchor = `${slug}-${repeat}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Why a link of a page leads nowhere; undefined when it leads somewhere, or out of the project. */
function complaint(page: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path, anchor] = link.split('#');
  const target = path === '' ? page : posix.join(posix.dirname(page), decodeURI(path));
  if (!existsSync(join(root, target))) return `${page}: ${link} does not exist`;
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  return anchorsOf(textOf(target)).has(anchor) ? undefined : `${page}: ${link} has no such heading`;
}

test('links of all pages lead to files and headings that exist', () => {
  const complaints = pages.flatMap((page) =>
    linksOf(textOf(page)).map((link) => complaint(page, link)),
  );
  assert.ok(complaints.length > 20, 'the links were not found');
  assertNone(complaints, 'these links lead nowhere');
});

test('every page of docs can be reached from docs/README.md', () => {
  const reached = new Set<string>();
  const waiting = ['docs/README.md'];
  for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
    if (reached.has(page) || !pages.includes(page)) continue;
    reached.add(page);
    const folder = posix.dirname(page);
    waiting.push(...linksOf(textOf(page)).map((link) => posix.join(folder, link.split('#')[0])));
  }
  const lost = pages.filter((page) => page.startsWith('docs/') && !reached.has(page));
  assertNone(lost, 'no page links to');
});

test('links and anchors are read as GitHub reads them', () => {
  const text = [
    '# One `two` — three',
    '## Again',
    '## Again',
    '[a](b.md#c) ![d](e.svg "f") `[g](h.md)`',
    '```',
    '[i](j.md)',
    '# No heading',
    '```',
    '[k]: l.md',
  ].join('\n');
  assert.deepEqual(linksOf(text), ['b.md#c', 'e.svg', 'l.md']);
  assert.deepEqual([...anchorsOf(text)], ['one-two--three', 'again', 'again-1']);
  assert.match(String(complaint('README.md', 'missing.md')), /does not exist/);
  assert.equal(complaint('README.md', 'https://example.org/missing.md'), undefined);
});
