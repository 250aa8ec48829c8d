/** A fault that is in force until it is removed, or has struck as often as it was told to. */
export interface FaultHandle {
  /** How often it has struck. */
  readonly strikes: number;
  /** Resolves once it has struck `times`. @default 1 */
  struck(times?: number): Promise<void>;
  /** Ends the fault, and lets go of what it holds up. Safe to repeat. */
  remove(): void;
}

/** How often a fault strikes. */
export interface FaultTimes {
  /** @default until it is removed */
  readonly times?: number;
}

/** A fault as the one who may suffer it sees it. */
export interface ActiveFault<F> {
  readonly fault: F;
  /** Resolves when the fault is removed. */
  readonly removed: Promise<void>;
  /** Counts a strike; false when the fault is no longer in force. */
  strike(): boolean;
}

/** The faults of one kind that are in force. */
export class FaultList<F extends FaultTimes> {
  readonly #faults = new Set<Fault<F>>();

  add(fault: F): FaultHandle {
    const added = new Fault(fault, this.#faults);
    this.#faults.add(added);
    return added;
  }

  /** The oldest fault that matches. It has not struck yet. */
  find(matches: (fault: F) => boolean): ActiveFault<F> | undefined {
    return [...this.#faults].find(({ fault }) => matches(fault));
  }

  removeAll(): void {
    for (const fault of this.#faults) fault.remove();
  }
}

class Fault<F extends FaultTimes> implements FaultHandle, ActiveFault<F> {
  readonly fault: F;
  readonly #inForce: Set<Fault<F>>;
  readonly #removal = Promise.withResolvers<void>();
  readonly #onStrike = new Set<() => void>();
  #strikes = 0;

  constructor(fault: F, inForce: Set<Fault<F>>) {
    this.fault = fault;
    this.#inForce = inForce;
  }

  get strikes(): number {
    return this.#strikes;
  }

  get removed(): Promise<void> {
    return this.#removal.promise;
  }

  strike(): boolean {
    if (!this.#inForce.has(this)) return false;
    this.#strikes += 1;
    // It strikes no more, but what it holds up stays held until it is removed.
    if (this.#strikes === this.fault.times) this.#inForce.delete(this);
    for (const check of this.#onStrike) check();
    return true;
  }

  async struck(times = 1): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => {
      if (this.#strikes >= times) resolve();
    };
    this.#onStrike.add(check);
    check();
    await promise;
    this.#onStrike.delete(check);
  }

  remove(): void {
    this.#inForce.delete(this);
    this.#removal.resolve();
  }
}
