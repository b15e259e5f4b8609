// Writes docs/reference/http.md from the operations of the API. Run it after a build.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './run.mjs';

const preface = `# The API over HTTP

<!-- Generated from src/transports/http/api by scripts/generate-http-docs.mjs. -->

Every operation, from the same schemas that check requests. A broker serves them as an OpenAPI 3.1
document at \`/openapi.json\` and as a page at \`/docs\`. How to use them by hand is in
[HTTP](../http.md); in what they differ from the reference server is in
[Compatibility](compatibility.md).

All failures have one shape:

\`\`\`json
{"id":1009,"code":"stream_id_not_found","reason":"Stream id not found: stream 7.","field":"stream_id"}
\`\`\`

\`id\` and \`code\` are those of the [error table](errors.md); 301 stands for requests that HTTP, or
the form of what is sent, does not allow, and 404 for things that are not there.`;

function shapeOf(schema) {
  if (schema.$ref !== undefined) return schema.$ref.replace(/.*\//, '');
  if (schema.type === 'array' && schema.items?.$ref !== undefined) {
    return `list of ${shapeOf(schema.items)}`;
  }
  const fields = Object.keys(schema.properties ?? {});
  return fields.length > 0 ? fields.map((field) => `\`${field}\``).join(', ') : '';
}

function contentOf(content) {
  return Object.entries(content).map(([type, { schema }]) => {
    const shape = shapeOf(schema);
    return `\`${type}\`${shape === '' ? '' : `: ${shape}`}`;
  });
}

function parameterRow({ name, in: place, required, description = '', schema }) {
  const type = [schema.type].flat().join(' or ');
  const values =
    schema.enum === undefined ? type : schema.enum.map((one) => `\`${one}\``).join(', ');
  const standard = schema.default === undefined ? '' : `, default \`${schema.default}\``;
  return `| \`${name}\` | ${place}${required ? '' : ', optional'} | ${values}${standard} | ${description} |`;
}

function operationSection(path, method, operation) {
  const { summary, description, security, parameters = [], requestBody, responses } = operation;
  const lines = [`### ${method.toUpperCase()} ${path}`, '', `${summary}.`];
  if (security?.length === 0) lines.push('Needs no token.');
  if (description !== undefined) lines.push('', description);
  if (parameters.length > 0) {
    lines.push(
      '',
      '| Parameter | | Value | |',
      '|---|---|---|---|',
      ...parameters.map(parameterRow),
    );
  }
  lines.push('', '| | |', '|---|---|');
  if (requestBody !== undefined) {
    lines.push(`| Body | ${contentOf(requestBody.content).join('; ')} |`);
  }
  const errors = [];
  for (const [status, { description: text, content }] of Object.entries(responses)) {
    if (Number(status) >= 400 && content?.['application/json']?.schema.$ref?.endsWith('/Error')) {
      errors.push(status);
    } else {
      const body = content === undefined ? '' : ` ${contentOf(content).join('; ')}`;
      lines.push(`| ${status} | ${text}${body} |`);
    }
  }
  lines.push(`| Errors | ${errors.join(', ')} |`);
  return lines.join('\n');
}

function typeOf(schema) {
  if (schema.$ref !== undefined) return shapeOf(schema);
  if (schema.anyOf !== undefined || schema.oneOf !== undefined) {
    return (schema.anyOf ?? schema.oneOf).map(typeOf).join(' or ');
  }
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${one}\``).join(', ');
  if (schema.contentEncoding !== undefined) return schema.contentEncoding;
  if (schema.format !== undefined) return schema.format;
  const fields = Object.keys(schema.properties ?? {});
  return fields.length > 0 ? `object: ${fields.join(', ')}` : [schema.type].flat().join(' or ');
}

function shapeSection(name, { properties = {}, required = [] }) {
  const rows = Object.entries(properties).map(([field, schema]) => {
    const optional = required.includes(field) ? '' : ', optional';
    return `| \`${field}\` | ${typeOf(schema)}${optional} | ${schema.description ?? ''} |`;
  });
  return [`### ${name}`, '', '| Field | Value | |', '|---|---|---|', ...rows].join('\n');
}

/** The text of the page. */
export function httpReference(document) {
  const sections = document.tags.flatMap(({ name }) => [
    `## ${name}`,
    ...Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { tags }]) => tags.includes(name))
        .map(([method, operation]) => operationSection(path, method, operation)),
    ),
  ]);
  const shapes = Object.entries(document.components.schemas).map(([name, schema]) =>
    shapeSection(name, schema),
  );
  return `${[preface, ...sections, '## Shapes', ...shapes].join('\n\n')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const load = (name) =>
    import(pathToFileURL(join(root, 'dist', 'src', 'transports', 'http', 'api', name)).href);
  const { operations } = await load('operations.js');
  const { openApiJson } = await load('openapi.js');
  const text = httpReference(JSON.parse(openApiJson(operations)));
  writeFileSync(join(root, 'docs', 'reference', 'http.md'), text);
}
