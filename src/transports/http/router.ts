/** What a path leads to. */
export interface Match<Target> {
  readonly target: Target;
  /** Values of the names in the path, decoded. */
  readonly values: Readonly<Record<string, string>>;
}

/** A name in braces, such as `{stream_id}`. */
const NAME = /^\{(\w+)\}$/;

/** One segment of a path: what may follow it. */
class Node<Target> {
  readonly fixed = new Map<string, Node<Target>>();
  any: Node<Target> | undefined;
  readonly targets = new Map<string, { readonly target: Target; readonly names: string[] }>();
}

/** Finds what a method and a path lead to. A fixed segment is stronger than a name. */
export class Router<Target> {
  readonly #root = new Node<Target>();

  add(method: string, path: string, target: Target): void {
    const names: string[] = [];
    let node = this.#root;
    for (const segment of segmentsOf(path)) {
      const name = NAME.exec(segment)?.[1];
      if (name === undefined) node = entryOf(node.fixed, segment);
      else {
        names.push(name);
        node.any ??= new Node();
        node = node.any;
      }
    }
    node.targets.set(method, { target, names });
  }

  /**
   * What a request leads to: undefined for an unknown path, what the path has by method for an
   * unknown method. HEAD is GET. Throws a `URIError` for a path that cannot be decoded.
   */
  find(method: string, path: string): Match<Target> | ReadonlyMap<string, Target> | undefined {
    const segments = segmentsOf(path).map(decodeURIComponent);
    const values: string[] = [];
    const node = walk(this.#root, segments, 0, values);
    if (node === undefined || node.targets.size === 0) return undefined;
    const found = node.targets.get(method === 'HEAD' ? 'GET' : method);
    if (found === undefined) {
      return new Map([...node.targets].map(([other, { target }]) => [other, target]));
    }
    const { target, names } = found;
    return { target, values: Object.fromEntries(names.map((name, at) => [name, values[at]])) };
  }
}

function segmentsOf(path: string): string[] {
  return path.split('/').slice(1);
}

function entryOf<Target>(nodes: Map<string, Node<Target>>, segment: string): Node<Target> {
  let node = nodes.get(segment);
  if (node === undefined) {
    node = new Node();
    nodes.set(segment, node);
  }
  return node;
}

/** The node at the end of the segments; `values` are those of the names on the way. */
function walk<Target>(
  node: Node<Target>,
  segments: readonly string[],
  at: number,
  values: string[],
): Node<Target> | undefined {
  if (at === segments.length) return node;
  const fixed = node.fixed.get(segments[at]);
  const found = fixed && walk(fixed, segments, at + 1, values);
  if (found !== undefined && found.targets.size > 0) return found;
  if (node.any === undefined || segments[at] === '') return undefined;
  values.push(segments[at]);
  const below = walk(node.any, segments, at + 1, values);
  if (below === undefined) values.pop();
  return below;
}
