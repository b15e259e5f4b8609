/** What a scenario found out about a client besides whether it passed. */
export class Notes {
  /** What the client cannot do, and why. */
  readonly notOffered = new Set<string>();
  /** Fields of results that the client does not show. */
  readonly notShown = new Set<string>();
  /** How the client differs from others in what it does. */
  readonly quirks = new Set<string>();

  /** All of it as sentences. */
  sentences(): string[] {
    const calls = [...this.notOffered].join('; ');
    const fields = [...this.notShown].sort().join(', ');
    return [
      ...(calls === '' ? [] : [`not offered: ${calls}`]),
      ...(fields === '' ? [] : [`not shown: ${fields}`]),
      ...this.quirks,
    ];
  }
}
