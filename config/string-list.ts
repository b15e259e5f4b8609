import { FormatError } from './format-error.ts';

const BRACKETED = /^\[(.*)\]$/s;
const QUOTED = /^"(.*)"$|^'(.*)'$/s;

/**
 * A list of texts: an array, or a text such as `[a, b]`, `["a", "b"]` or `a, b`. Blank elements are
 * left out.
 * @throws FormatError when it is none, or holds what is not among the choices.
 */
export function parseList(raw: unknown, choices?: readonly string[]): readonly string[] {
  const elements = elementsOf(raw).filter((element) => element !== '');
  if (choices === undefined) return elements;
  return elements.map((element) => {
    const found = choices.find((choice) => choice.toLowerCase() === element.toLowerCase());
    if (found === undefined) throw new FormatError(`must hold only ${choices.join(', ')}`);
    return found;
  });
}

function elementsOf(raw: unknown): string[] {
  if (Array.isArray(raw)) {
    if (raw.every((element) => typeof element === 'string')) return raw.map((text) => text.trim());
  } else if (typeof raw === 'string') {
    const text = raw.trim();
    return (BRACKETED.exec(text)?.[1] ?? text).split(',').map(unquoted);
  }
  throw new FormatError('must be a list of texts');
}

function unquoted(element: string): string {
  const text = element.trim();
  const match = QUOTED.exec(text);
  return match === null ? text : (match[1] ?? match[2]);
}
