import { visibleWidth } from '../rendering/table.ts';
import type { Output } from '../terminal.ts';

/** Progress as it comes: redrawn in place where somebody watches, and elsewhere one line for each change. */
export class LiveView {
  readonly #output: Output;
  #shown: ReadonlyMap<string, string> = new Map();
  #drawnRows = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** `block` is the picture as it is now; `lines` are the same facts by name, for where nothing can be redrawn. */
  show(block: () => string, lines: ReadonlyMap<string, string>): void {
    if (this.#output.live) this.#redraw(block());
    else this.#append(lines);
  }

  #append(lines: ReadonlyMap<string, string>): void {
    for (const [name, line] of lines) if (this.#shown.get(name) !== line) this.#output.line(line);
    this.#shown = new Map([...this.#shown, ...lines]);
  }

  /** A sentence that stays: what is drawn goes below it. */
  say(sentence: string): void {
    this.#erase();
    this.#output.line(sentence);
  }

  /** Takes the picture away, so that what comes next begins where it began. */
  end(): void {
    this.#erase();
  }

  #redraw(block: string): void {
    const lines = this.#fitting(block.split('\n'));
    this.#erase();
    this.#output.write(`${lines.join('\n')}\n`);
    this.#drawnRows = lines.reduce((sum, line) => sum + this.#rowsOf(line), 0);
  }

  #erase(): void {
    if (this.#drawnRows > 0) this.#output.write(`\u001b[${this.#drawnRows}A\u001b[J`);
    this.#drawnRows = 0;
  }

  /** A picture higher than the terminal could not be erased again: its first rows would have left the screen. */
  #fitting(lines: readonly string[]): string[] {
    const kept: string[] = [];
    let rows = 1;
    for (const line of lines) {
      rows += this.#rowsOf(line);
      if (rows > this.#output.rows - 1) return [...kept, '…'];
      kept.push(line);
    }
    return kept;
  }

  #rowsOf(line: string): number {
    const columns = this.#output.columns ?? Number.POSITIVE_INFINITY;
    return Math.max(1, Math.ceil(visibleWidth(line) / columns));
  }
}
