/** A clock that stands still until it is moved, so that a token expires when a test says so. */
export class Clock {
  #seconds = 1_700_000_000;

  /** Seconds since 1970. */
  now(): number {
    return this.#seconds;
  }

  advance(seconds: number): void {
    this.#seconds += seconds;
  }
}
