import {
  type AskedCheck,
  type CheckAnswer,
  type CheckQuestion,
  checkFacts,
  checksOf,
  objectionToAnswer,
} from '../../domain/gates/check-question.ts';
import type { GateFacts } from '../../domain/gates/facts.ts';
import type { OwnedRules } from '../../domain/gates/rules.ts';
import { type GateSubject, sameSubject } from '../../domain/gates/votes.ts';

/** The questions of one run of a release to external checks, and what came of each. */
export class AskedChecks {
  #asked: readonly AskedCheck[];

  /** `soFar` is what an earlier run asked, and has not heard the end of. */
  constructor(soFar: readonly AskedCheck[] = []) {
    this.#asked = soFar;
  }

  /** What the next run is to know; undefined while an answer is being written down. */
  soFar(): readonly AskedCheck[] | undefined {
    return this.#asked.some(({ writing }) => writing !== undefined) ? undefined : this.#asked.filter(({ isOver }) => isOver !== true);
  }

  /** The question that a check was asked about exactly this, where it still counts. */
  open(check: string, subject: GateSubject): CheckQuestion | undefined {
    const isOpen = ({ question, isOver }: AskedCheck) =>
      isOver !== true && question.check === check && sameSubject(question.subject, subject);
    return this.#asked.find(isOpen)?.question;
  }

  facts(rules: readonly OwnedRules[], subject: GateSubject): Pick<GateFacts, 'checks'> {
    return checksOf(rules).size === 0 ? {} : { checks: checkFacts(rules, subject, this.#asked) };
  }

  objectionTo(answer: CheckAnswer): string | 'repeated' | undefined {
    return objectionToAnswer(answer, this.#asked, Date.now());
  }

  /** Whether an answer about a stage is being written down. */
  isWriting(stage: string): boolean {
    return this.#asked.some(({ writing, question }) => writing !== undefined && question.subject.stage === stage);
  }

  find(id: string): AskedCheck | undefined {
    return this.#asked.find(({ question }) => question.id === id);
  }

  add(question: CheckQuestion): void {
    this.#asked = [...this.#asked, { question }];
  }

  set(id: string, change: (asked: AskedCheck) => AskedCheck): void {
    this.#asked = this.#asked.map((asked) => (asked.question.id === id ? change(asked) : asked));
  }

  /** Nobody waits for answers about this any more. */
  close(subject: GateSubject): void {
    this.#asked = this.#asked.map((asked) => (sameSubject(asked.question.subject, subject) ? { ...asked, isOver: true } : asked));
  }
}
