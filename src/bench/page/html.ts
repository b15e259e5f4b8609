const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in an element or in an attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character]);
}

const style = `
:root { color-scheme: light dark;
  --ink: #1b1f24; --dim: #5b6570; --paper: #ffffff; --raised: #f4f6f8; --rule: #dde2e7;
  --c0: #0b63c4; --c1: #c2410c; --c2: #15803d; --c3: #7e22ce; --c4: #0e7490; --c5: #a16207;
  --c6: #be185d; --c7: #4b5563; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e6eaee; --dim: #9aa5b1; --paper: #12161b; --raised: #1b2128; --rule: #2c343d;
  --c0: #60a5fa; --c1: #fb923c; --c2: #4ade80; --c3: #c084fc; --c4: #22d3ee; --c5: #facc15;
  --c6: #f472b6; --c7: #9ca3af; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 64rem; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
p { margin: .25rem 0; } .dim { color: var(--dim); }
.warning { border-left: 4px solid var(--c1); padding: .5rem .75rem; background: var(--raised); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .75rem 0; }
th, td { padding: .3rem .75rem; border-bottom: 1px solid var(--rule); text-align: right; }
th:first-child, td:first-child { text-align: left; } th { font-weight: 600; }
table.facts td:last-child { text-align: left; overflow-wrap: anywhere; }
figure { margin: 1.5rem 0; padding: 1rem; background: var(--raised); border-radius: 8px; }
figcaption { font-weight: 600; margin-bottom: .5rem; } svg { width: 100%; height: auto; }
.grid { stroke: var(--rule); stroke-width: 1; } .tick { fill: var(--dim); font-size: 12px; }
.label { fill: var(--dim); font-size: 13px; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.line.faint { stroke-width: 1; opacity: .3; } .line.dashed { stroke-dasharray: 6 4; }
.line.bars { stroke: none; opacity: .5; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0 0; padding: 0;
  list-style: none; color: var(--dim); }
.key { display: inline-block; width: 1.5rem; border-top: 3px solid; margin-right: .5rem;
  vertical-align: middle; } .key.dashed { border-top-style: dashed; }
${Array.from({ length: 8 }, (_, index) => `.line.c${index} { stroke: var(--c${index}); } .key.c${index} { border-color: var(--c${index}); } .line.bars.c${index} { fill: var(--c${index}); }`).join('\n')}
`;

/** A whole page that needs nothing from anywhere else. */
export function page(title: string, body: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    ...body,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** A table with a row of names on top. */
export function htmlTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const cells = (tag: string, texts: readonly string[]) =>
    `<tr>${texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((row) => cells('td', row)).join('\n');
  return `<div class="scroll"><table>${cells('th', columns)}\n${body}</table></div>`;
}

/** Names and values below each other. */
export function htmlFacts(facts: readonly (readonly [string, string])[]): string {
  const rows = facts.map(
    ([name, value]) =>
      `<tr><td class="dim">${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table class="facts">${rows.join('\n')}</table>`;
}
