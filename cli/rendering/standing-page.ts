import { shortDigest } from '../../domain/digest.ts';
import type { Scope, StandingDecision } from '../../domain/standing.ts';
import { type CommonOptions, type Context, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { printMoment, printSince } from './durations.ts';
import type { Page } from './page.ts';
import { oneLine } from './plain.ts';
import type { Tone } from './styles.ts';
import { printTable } from './table.ts';

/** What stands, the oldest first: what it keeps from happening, until when, why, and by whom. */
export function standingPage(decisions: readonly StandingDecision[], { style, now, columns }: Page): string {
  if (decisions.length === 0) return 'Nothing is frozen, blocked or held';
  const rows = decisions.map((decision) => [
    style('strong', decision.id),
    style(toneOf(decision, now), decisionText(decision)),
    style('quiet', `by ${decision.by}, ${printSince(decision.at, now)} ago`),
  ]);
  return printTable(rows, { columns });
}

/** What a decision does, in a line. */
export function decisionText(decision: StandingDecision): string {
  return `${effectOf(decision)}: ${oneLine(decision.reason)}`;
}

/** Answers a verb that decided something. */
export function sayDecision(context: Context, options: CommonOptions, decision: StandingDecision): ExitCode {
  if (options.json) printJson(context, decision);
  else context.terminal.out.line(`${decision.id}: ${decisionText(decision)}`);
  return EXIT.done;
}

function effectOf(decision: StandingDecision): string {
  switch (decision.kind) {
    case 'freeze':
      return `${placeText(decision.scope)} is frozen from ${printMoment(decision.from)} until ${printMoment(decision.until)}, ask ${decision.owner}`;
    case 'block':
      return decision.digest === undefined
        ? `${decision.application}#${decision.release} is blocked`
        : `whatever has ${shortDigest(decision.digest)} is blocked`;
    case 'hold':
      return `${placeText(decision)} is held at #${decision.release}${decision.until === undefined ? '' : ` until ${printMoment(decision.until)}`}`;
    case 'break-glass':
      return glassText(decision);
    case 'delegation':
      return `${decision.to} votes for ${decision.by} until ${printMoment(decision.until)}`;
  }
}

function glassText(glass: Extract<StandingDecision, { kind: 'break-glass' }>): string {
  const past = `${glass.application}#${glass.release} may go past ${glass.skips.join(', ')} into ${glass.environment}`;
  const ratified =
    glass.ratified === undefined
      ? `to be ratified until ${printMoment(glass.ratifyBy)}, or else ${glass.consequence}`
      : `ratified by ${glass.ratified.by}`;
  return `${past} until ${printMoment(glass.expiresAt)} for ${glass.incident}, ${ratified}`;
}

function placeText({ application, environment }: Scope): string {
  if (application === undefined) return environment ?? 'everything';
  return environment === undefined ? application : `${application} in ${environment}`;
}

/** A freeze that is yet to begin keeps nothing from happening. */
function toneOf(decision: StandingDecision, now: number): Tone {
  return decision.kind === 'freeze' && Date.parse(decision.from) > now ? 'quiet' : 'waits';
}
