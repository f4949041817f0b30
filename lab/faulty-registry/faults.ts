import type { Answer, Heard } from './answers.ts';
import type { Operation, Route } from './routes.ts';

/** How a connection ends: with a reset, or as if all had been said. */
export type Ending = 'RST' | 'FIN';

/** What goes wrong. */
export type Fault =
  /** Another answer than the registry's own; nothing is done. */
  | { readonly kind: 'answer'; readonly answer: (asked: Heard) => Answer }
  /** The registry's own answer, changed on its way. */
  | { readonly kind: 'tamper'; readonly change: (answer: Answer) => Answer | Promise<Answer> }
  /** Something happens before or after, unseen. */
  | { readonly kind: 'aside'; readonly when: 'before' | 'after'; readonly act: (asked: Heard) => void | Promise<void> }
  /** The request is taken, or after its head not even that, and never answered. */
  | { readonly kind: 'silence'; readonly takes: 'all' | 'the head' }
  /** What was asked is done, and the connection ends without an answer. */
  | { readonly kind: 'lost answer'; readonly ending: Ending }
  /** The connection ends when `after` bytes of the request's body have come: before anything is done when that is none. */
  | { readonly kind: 'cut request'; readonly after: number; readonly ending: Ending }
  /** When `after` bytes of the answer's body have gone, no more comes. */
  | { readonly kind: 'stall'; readonly after: number }
  /** The connection ends when `after` bytes of the answer's body have gone. */
  | { readonly kind: 'cut answer'; readonly after: number; readonly ending: Ending }
  /** The answer comes `bytes` at a time, every `everyMs` milliseconds, and its head never ends or its body begins at once. */
  | { readonly kind: 'trickle'; readonly part: 'head' | 'body'; readonly bytes: number; readonly everyMs: number };

/** When a fault strikes. */
export interface Rule {
  readonly on?: Operation | readonly Operation[];
  readonly method?: string;
  /** Matched against the path with its query. */
  readonly path?: RegExp;
  /** So many requests that match go well first. */
  readonly skip?: number;
  /** And after so many more it is over; never by default. */
  readonly times?: number;
  readonly fault: Fault;
}

/** A rule at work. */
export interface ArmedRule {
  /** How often it has struck. */
  readonly struck: number;
  disarm(): void;
}

/** The rules at work. Of several that match a request, the one that came first strikes. */
export class Faults {
  #armed: Armed[] = [];

  arm(rule: Rule): ArmedRule {
    const armed = new Armed(rule, () => {
      this.#armed = this.#armed.filter((other) => other !== armed);
    });
    this.#armed.push(armed);
    return armed;
  }

  clear(): void {
    this.#armed = [];
  }

  next(asked: Heard, route: Route): Fault | undefined {
    for (const armed of this.#armed) {
      const fault = armed.strike(asked, route);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
}

class Armed implements ArmedRule {
  #met = 0;
  #struck = 0;

  constructor(
    private readonly rule: Rule,
    readonly disarm: () => void,
  ) {}

  get struck(): number {
    return this.#struck;
  }

  strike(asked: Heard, route: Route): Fault | undefined {
    const { skip = 0, times = Number.POSITIVE_INFINITY, fault } = this.rule;
    if (!this.#matches(asked, route)) return undefined;
    this.#met += 1;
    if (this.#met <= skip || this.#struck >= times) return undefined;
    this.#struck += 1;
    return fault;
  }

  #matches({ method, url }: Heard, { operation }: Route): boolean {
    const { on, path } = this.rule;
    return (
      (on === undefined || [on].flat().includes(operation)) &&
      (this.rule.method ?? method) === method &&
      (path === undefined || path.test(url.pathname + url.search))
    );
  }
}
