import type { Operation } from './operation.ts';

/** The OpenAPI document of the operations and its page, both made when they are asked for. */
export class Documentation {
  readonly #operations: readonly Operation[];
  #json: Promise<string> | undefined;
  #page: Promise<string> | undefined;

  constructor(operations: readonly Operation[]) {
    this.#operations = operations;
  }

  /** The document, as JSON. */
  json(): Promise<string> {
    this.#json ??= import('./openapi.ts').then(({ openApiJson }) => openApiJson(this.#operations));
    return this.#json;
  }

  /** The page, as HTML. */
  page(): Promise<string> {
    this.#page ??= Promise.all([this.json(), import('./docs-page.ts')]).then(([json, { page }]) =>
      page(JSON.parse(json)),
    );
    return this.#page;
  }
}
