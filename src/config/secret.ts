import { inspect } from 'node:util';

/**
 * A value that prints as `[secret]` wherever it is printed by accident: in a template, in JSON, by `console.log`.
 *
 * `reveal()` stands only where the value is handed to the system that asks for it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    Object.defineProperty(this, inspect.custom, { value: () => '[secret]' });
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }
}
