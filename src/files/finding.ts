/** Something that is not as it should be in a data directory. */
export interface Finding {
  readonly path: string;
  /** What is wrong, and where. */
  readonly problem: string;
  /** What a broker does about it when it starts. */
  readonly start: string;
}
