/** What a bench is run with. */
export interface Bench {
  /** Tells the person who waits what is going on. */
  readonly say: (line: string) => void;
  /** Aborted when the bench is to end early. */
  readonly signal: AbortSignal;
}

/** What a bench found out. Keys of figures end in their unit; a ratio has none. */
export interface Findings {
  /** A number, or one for each of several sizes. */
  readonly figures: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
  readonly ratios: Readonly<Record<string, number>>;
}
