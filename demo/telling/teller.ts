import { printDuration } from '../../cli/rendering/durations.ts';

const STEPS = 9;

/** The end of what was said, kept for the case that something fails. */
const REMEMBERED = 40;

/** Tells the story: a heading for each step, and below it short lines with how long each thing took. */
export class Teller {
  readonly #write: (text: string) => void;
  #step = 0;
  #title = '';

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** The step that is told now. */
  get step(): string {
    return `step ${this.#step} of ${STEPS} (${this.#title})`;
  }

  begin(title: string): void {
    this.#step += 1;
    this.#title = title;
    this.line();
    this.line(`${this.#step}/${STEPS}  ${title}`);
  }

  line(text = ''): void {
    this.#write(`${text}\n`);
  }

  /** A fact of this step. */
  fact(text: string): void {
    this.line(`     ${text}`);
  }

  /** Does something and tells how long it took; `told` makes the words of its result. */
  async timed<Result>(work: () => Promise<Result>, told: (result: Result) => string): Promise<Result> {
    const start = performance.now();
    const result = await work();
    this.fact(`${told(result)}  (${printDuration(performance.now() - start)})`);
    return result;
  }

  /** What a person types. */
  command(person: string, words: string): void {
    this.line(`     ${person} $ ${words}`);
  }

  /** What a command prints. */
  output(text: string): void {
    this.line(`       ${text}`);
  }
}

/** The last lines of a text. */
export function tailOf(text: string, lines = REMEMBERED): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
