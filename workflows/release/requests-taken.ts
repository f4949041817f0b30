/** So many ids are handed to the next run. */
const LENGTH = 1_000;

/** The ids of votes and promotions that were taken, in this run or an earlier one: Temporal knows a repeated one within one run alone. */
export class RequestsTaken {
  #ids: readonly string[];

  constructor(soFar: readonly string[] = []) {
    this.#ids = soFar;
  }

  soFar(): readonly string[] {
    return this.#ids;
  }

  has(request: string | undefined): boolean {
    return request !== undefined && this.#ids.includes(request);
  }

  add(request: string | undefined): void {
    if (request !== undefined) this.#ids = [...this.#ids, request].slice(-LENGTH);
  }
}
