import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formatsPlugin from 'ajv-formats';
import type { HttpAnswer } from './http-caller.ts';

const addFormats = formatsPlugin.default ?? formatsPlugin;

/** One operation of the document, where it stands. */
export interface DescribedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: {
    readonly operationId: string;
    readonly security?: readonly unknown[];
    readonly parameters?: readonly { name: string; in: string; schema: { type?: string } }[];
    readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
    readonly responses: Readonly<Record<string, { readonly content?: object }>>;
  };
}

/** An OpenAPI document that answers are held against. */
export class OpenApiContract {
  readonly operations: readonly DescribedOperation[];
  /** Statuses of the answers so far. */
  readonly statuses = new Set<number>();
  readonly #ajv: Ajv2020;

  /** `text` is the document as it was served. */
  constructor(text: string) {
    const document = JSON.parse(text) as Record<string, unknown>;
    const { paths } = document as { paths: Record<string, Record<string, never>> };
    this.operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
      })),
    );
    this.#ajv = addFormats(new Ajv2020({ strictTypes: false, allErrors: true }));
    for (const bits of [64, 128])
      this.#ajv.addFormat(`uint${bits}`, { type: 'number', validate: () => true });
    this.#ajv.addVocabulary(['openapi', 'info', 'tags', 'security', 'paths', 'components']);
    this.#ajv.addSchema(document, 'openapi');
  }

  /** Fails when an answer is not one that the document has. */
  check({ method, path, operation }: DescribedOperation, answer: HttpAnswer, note: string): void {
    const { status, text, headers } = answer;
    this.statuses.add(status);
    const what = `${method} ${path} (${note}): ${status} ${text.slice(0, 300)}`;
    const described = operation.responses[status];
    assert.ok(described !== undefined, `status is not in the document: ${what}`);
    const { content } = described as { content?: Record<string, { schema: object }> };
    if (content === undefined) return assert.equal(text, '', `no body was expected: ${what}`);
    const type = (headers.get('content-type') ?? '').split(';')[0];
    assert.ok(type in content, `content type ${type} is not in the document: ${what}`);
    if (type === 'application/json') this.#checkJson(method, path, String(status), text, what);
  }

  #checkJson(method: string, path: string, status: string, text: string, what: string): void {
    const place = ['paths', path, method.toLowerCase(), 'responses', status, 'content'];
    const pointer = [...place, 'application/json', 'schema'].map(escaped).join('/');
    const validate = this.#ajv.getSchema(`openapi#/${pointer}`);
    assert.ok(validate !== undefined, `there is no schema at ${pointer}`);
    // Large numbers lose digits here, which no schema is about.
    if (validate(JSON.parse(text))) return;
    assert.fail(`${what}\n${JSON.stringify(validate.errors, undefined, 2)}`);
  }
}

function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}
