const STRING = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/.source;
const SIMPLE_TEMPLATE = /`(?:[^`\\]|\\[\s\S])*`/.source;
const PLACEHOLDER = String.raw`\$\{(?:[^{}${'`'}]|${SIMPLE_TEMPLATE}|\{[^{}]*\})*\}`;
const TEMPLATE = `\`(?:[^\`\\\\$]|\\\\[\\s\\S]|\\$(?!\\{)|${PLACEHOLDER})*\``;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//.source;
/** A slash begins a pattern where no value can stand in front of it. */
const PATTERN =
  /(?<=(?:[(,=:[!&|?{};+>]|\breturn)\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//
    .source;

/** How far behind a brace its return type or keyword may be. */
const LOOK_BACK = 400;

const anyText = new RegExp([COMMENT, STRING, TEMPLATE, PATTERN].join('|'), 'g');

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}

/** The code with strings, patterns and comments as spaces, so that every place keeps its number. */
export function codeOnly(text: string): string {
  return text.replaceAll(anyText, blank);
}

/** The code and its strings, with comments as spaces. */
export function withoutComments(text: string): string {
  return text.replaceAll(anyText, (found) => (/^\/[/*]/.test(found) ? blank(found) : found));
}

/** The code and its comments, with strings and patterns left out. */
export function withoutStrings(text: string): string {
  return text.replaceAll(anyText, (found) => (/^\/[/*]/.test(found) ? found : lineBreaksOf(found)));
}

function lineBreaksOf(text: string): string {
  return text.replaceAll(/[^\n]/g, '');
}

/** A function with a body. */
export interface FunctionPlace {
  /** Counted from 1: where its parameters begin. */
  readonly line: number;
  /** Lines from there to its closing brace. */
  readonly lines: number;
}

/**
 * Every function, method and arrow function with a body; callbacks of `describe` only group tests.
 */
export function functionsIn(text: string): FunctionPlace[] {
  const code = codeOnly(text);
  const found: FunctionPlace[] = [];
  /** For each brace that is open, where the function begins whose body it is, or -1. */
  const open: number[] = [];
  for (let index = 0; index < code.length; index++) {
    if (code[index] === '{') open.push(functionStart(code, index));
    if (code[index] !== '}') continue;
    const start = open.pop() ?? -1;
    if (start < 0) continue;
    const line = lineAt(code, start);
    found.push({ line, lines: lineAt(code, index) - line + 1 });
  }
  return found;
}

const NO_FUNCTION = /\b(?:if|for|while|switch|catch|describe\(\s*,)\s*(?:async\s*)?$/;
const RETURN_TYPE = /(?<=\))\s*:\s*(?:[^(){};=\n]|\{[^{}()]*\})*(?<![:<|&,])$/;

/** Where the function begins whose body an opening brace is, or -1. */
function functionStart(code: string, brace: number): number {
  let head = code.slice(0, brace).trimEnd();
  const isArrow = head.endsWith('=>');
  if (isArrow) head = head.slice(0, -2).trimEnd();
  head = head.slice(0, -LOOK_BACK) + head.slice(-LOOK_BACK).replace(RETURN_TYPE, '');
  if (!head.endsWith(')')) return isArrow ? head.length - 1 : -1;
  const start = openingOf(head);
  return NO_FUNCTION.test(head.slice(Math.max(0, start - LOOK_BACK), start)) ? -1 : start;
}

/** Place of the bracket that the last character closes. */
function openingOf(head: string): number {
  let depth = 0;
  for (let index = head.length - 1; index >= 0; index--) {
    if (head[index] === ')') depth++;
    else if (head[index] === '(' && --depth === 0) return index;
  }
  return 0;
}

/** Number of the line, from 1, that holds a place. */
export function lineAt(text: string, place: number): number {
  return text.slice(0, place).split('\n').length;
}
