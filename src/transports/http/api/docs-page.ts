/** As much of an OpenAPI document as the page shows. */
interface OpenApiDocument {
  readonly info: { readonly title: string; readonly description: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

interface OpenApiOperation {
  readonly tags: readonly string[];
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Content }>
  >;
}

interface OpenApiParameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description?: string;
  readonly schema: unknown;
}

type Content = Readonly<Record<string, { readonly schema: unknown }>>;

const style = `
:root { color-scheme: light dark; --soft: #8882; --line: #8884; --accent: #0a7d5c; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .6rem; overflow: auto; border-radius: .3rem; }
details { border: 1px solid var(--line); border-radius: .3rem; margin: .4rem 0; }
details > :not(summary) { margin: .6rem 1rem; }
summary { cursor: pointer; padding: .4rem .8rem; }
b.method { display: inline-block; width: 4.5rem; color: var(--accent); }
table { border-collapse: collapse; }
td, th { text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top; }
`;

/** The page that shows an OpenAPI document, without scripts and without anything from elsewhere. */
export function page(document: OpenApiDocument): string {
  const sections = document.tags.map(({ name }) => section(document, name)).join('');
  const schemas = Object.entries(document.components.schemas)
    .map(([name, schema]) => schemaBlock(name, schema))
    .join('');
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width">' +
    `<title>${escapeHtml(document.info.title)}</title><style>${style}</style></head><body>` +
    `<h1>${escapeHtml(document.info.title)}</h1><p>${prose(document.info.description)}</p>` +
    '<p>For programs: <a href="openapi.json">openapi.json</a></p>' +
    `${sections}<h2>Shapes</h2>${schemas}</body></html>`
  );
}

function section({ paths }: OpenApiDocument, tag: string): string {
  const operations = Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    )
    .filter(({ operation }) => operation.tags.includes(tag))
    .map(({ path, method, operation }) => operationBlock(path, method, operation));
  return `<h2>${escapeHtml(tag)}</h2>${operations.join('')}`;
}

function operationBlock(path: string, method: string, operation: OpenApiOperation): string {
  const { operationId, summary, description, security, parameters, requestBody } = operation;
  const isOpen = security !== undefined && security.length === 0;
  return (
    `<details id="${escapeHtml(operationId)}"><summary><b class="method">${method.toUpperCase()}</b>` +
    `<code>${escapeHtml(path)}</code> ${escapeHtml(summary)}</summary>` +
    `${description === undefined ? '' : `<p>${prose(description)}</p>`}` +
    `<p>${isOpen ? 'For everybody.' : 'Needs a token.'}</p>` +
    `${parameters === undefined ? '' : parameterTable(parameters)}` +
    `${requestBody === undefined ? '' : `<h4>Body</h4>${contentBlock(requestBody.content)}`}` +
    `<h4>Answers</h4>${answerTable(operation)}</details>`
  );
}

function parameterTable(parameters: readonly OpenApiParameter[]): string {
  const rows = parameters.map((parameter) => {
    const { name, in: place, required, description = '', schema } = parameter;
    const words = `${place}${required ? '' : ', optional'}`;
    return (
      `<tr><td><code>${escapeHtml(name)}</code></td><td>${words}</td>` +
      `<td><code>${escapeHtml(JSON.stringify(schema))}</code> ${prose(description)}</td></tr>`
    );
  });
  return `<table>${rows.join('')}</table>`;
}

function answerTable({ responses }: OpenApiOperation): string {
  const rows = Object.entries(responses).map(([status, { description, content }]) => {
    const body = content === undefined ? '' : contentBlock(content);
    return `<tr><td>${status}</td><td>${prose(description)}${body}</td></tr>`;
  });
  return `<table>${rows.join('')}</table>`;
}

function contentBlock(content: Content): string {
  return Object.entries(content)
    .map(
      ([type, { schema }]) => `<div><code>${escapeHtml(type)}</code> ${schemaText(schema)}</div>`,
    )
    .join('');
}

function schemaText(schema: unknown): string {
  const text = JSON.stringify(schema, undefined, 1);
  const name = /^\{\s*"\$ref": "#\/components\/schemas\/(\w+)"\s*\}$/.exec(text)?.[1];
  if (name !== undefined) return `<a href="#schema-${name}">${name}</a>`;
  return `<pre>${escapeHtml(text)}</pre>`;
}

function schemaBlock(name: string, schema: unknown): string {
  const text = escapeHtml(JSON.stringify(schema, undefined, 1));
  return `<details id="schema-${escapeHtml(name)}"><summary>${escapeHtml(name)}</summary><pre>${text}</pre></details>`;
}

/** Text with code between back-quotes. */
function prose(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
