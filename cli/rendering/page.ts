import type { Output } from '../terminal.ts';
import type { Style } from './styles.ts';

/** What rendering needs to know of where it is shown, and when. */
export interface Page {
  readonly style: Style;
  /** Undefined where lines may be as long as they are. */
  readonly columns: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function pageOf(output: Output): Page {
  return { style: output.style, columns: output.columns, now: Date.now() };
}
