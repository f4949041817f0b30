import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  getExternalWorkflowHandle,
  log,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  brokenGlass,
  consequenceEntry,
  DEFAULT_BREAK_GLASS,
  freezeAfter,
  type GlassWish,
  objectionToRatifier,
} from '../domain/break-glass.ts';
import { type Notice, noticeOf } from '../domain/notice.ts';
import type { BreakGlass } from '../domain/standing.ts';
import { keptEntry, ratifiedEntry } from '../domain/standing-record.ts';
import type { WayBackNews } from '../domain/way-back-news.ts';
import { environmentWorkflowId, releaseWorkflowId } from '../domain/workflow-ids.ts';
import { failureText } from './failure-text.ts';
import { glassBroken, type RatifyMessage, ratifyGlass, standingChanged, wayBackEnded } from './messages.ts';
import { desk, installation, standing } from './proxies/main.ts';
import { notices } from './proxies/outside.ts';

/** A host that does not answer is tried for as long as it takes: whoever hears nothing for so long takes it for refused. */
const FOLLOWS_MS = 86_400_000;
const UNHEARD: WayBackNews = { returned: false, reason: 'the rollback has not ended within a day' };

/** How the matter of a broken glass ended. */
export interface EndOfGlass {
  readonly glass: BreakGlass;
  /** Undefined where somebody ratified it. */
  readonly consequence?: string;
}

/**
 * One breaking of the glass, from its record to its ratification or its consequence. The record comes first: no gate is passed before it is
 * written, and once it is, nothing but a second person keeps the consequence from being carried out.
 */
export async function breakGlass(wish: GlassWish): Promise<EndOfGlass> {
  let glass: BreakGlass | undefined;
  let fault: string | undefined;
  let isOver = false;
  let news: WayBackNews | undefined;
  const alerts: Promise<void>[] = [];

  setHandler(glassBroken, async () => {
    await condition(() => glass !== undefined || fault !== undefined);
    if (glass === undefined) throw ApplicationFailure.nonRetryable(fault ?? '');
    return glass;
  });
  setHandler(ratifyGlass, ratify, { validator: refuseRatifier });
  setHandler(wayBackEnded, (told) => {
    news = told;
  });

  const rules = await readRules().catch((error: unknown) => {
    fault = failureText(error);
    throw ApplicationFailure.nonRetryable(fault);
  });
  const broken = brokenGlass(wish, rules);
  await standing.keepDecision({ decision: broken, entry: { ...keptEntry(broken), ...wish.known } });
  glass = broken;
  log.warn('The glass was broken', { ...broken });
  alerts.push(alert(noticeOf('glass-broken', broken, now())));
  await tell(broken);
  await condition(() => glass?.ratified !== undefined, Math.max(1, Date.parse(broken.ratifyBy) - Date.now()));
  await condition(allHandlersFinished);
  isOver = true;
  const consequence = glass.ratified === undefined ? await carryOut(broken, rules.freezeMs, wayBack) : undefined;
  await Promise.all(alerts);
  return { glass, ...(consequence !== undefined && { consequence }) };

  async function wayBack(): Promise<WayBackNews | undefined> {
    await condition(() => news !== undefined, FOLLOWS_MS);
    return news;
  }

  async function readRules() {
    const { application, environment } = wish;
    return (await installation.readEnvironment({ application, environment })).breakGlass ?? DEFAULT_BREAK_GLASS;
  }

  function refuseRatifier({ person }: RatifyMessage): void {
    if (glass === undefined || isOver) throw ApplicationFailure.nonRetryable(`${wish.id} waits for nobody to ratify it`);
    const objection = objectionToRatifier(person, glass, Date.now());
    if (objection !== undefined) throw ApplicationFailure.nonRetryable(objection);
  }

  async function ratify({ person, reason, known }: RatifyMessage): Promise<BreakGlass> {
    refuseRatifier({ person, reason });
    const ratified = { by: person, at: now() };
    await standing.ratifyDecision({ id: broken.id, ratified, entry: { ...ratifiedEntry(broken, ratified, reason), ...known } });
    // The first of two stands, as it does in the ledger.
    glass = { ...broken, ratified: glass?.ratified ?? ratified };
    alerts.push(alert(noticeOf('glass-ratified', glass, now())));
    return glass;
  }
}

/** Nobody ratified it: it lets nothing past any more, and what the environment's owners said follows. `ended` waits for the end of a rollback. */
async function carryOut(glass: BreakGlass, freezeMs: number, ended: () => Promise<WayBackNews | undefined>): Promise<string> {
  const at = now();
  const ending = { by: 'tidegate', at, reason: `not ratified: ${glass.consequence}` };
  await standing.endDecision({ id: glass.id, ended: ending, entry: consequenceEntry(glass, at) });
  const carried = glass.consequence === 'freeze' ? { said: await freeze(glass, freezeMs, at) } : await rollBack(glass, freezeMs, at);
  await tell(glass);
  await alert(noticeOf('glass-not-ratified', glass, now(), carried.said));
  if (carried.follows !== true) return carried.said;
  const { returned, reason } = (await ended()) ?? UNHEARD;
  return returned ? carried.said : freezeInstead(glass, freezeMs, reason);
}

async function freeze(glass: BreakGlass, freezeMs: number, at: string, refused?: string): Promise<string> {
  const decision = freezeAfter(glass, freezeMs, at, refused);
  await standing.keepDecision({ decision, entry: keptEntry(decision) });
  return `${glass.environment} is frozen until ${decision.until}`;
}

interface Carried {
  readonly said: string;
  /** That a rollback is under way, whose end is to be waited for. */
  readonly follows?: boolean;
}

/** Where there is no way back from it, nothing more goes forward: somebody has to look. */
async function rollBack(glass: BreakGlass, freezeMs: number, at: string): Promise<Carried> {
  const { id, application, environment, release, incident } = glass;
  // Asked before, as of what was ordered without it nobody is told the end.
  const follows = patched('glass-follows-its-rollback');
  const request = {
    ...{ person: 'tidegate', reason: `${id} for incident ${incident} was not ratified`, from: release },
    ...(follows && { reportTo: workflowInfo().workflowId }),
  };
  const answer = await desk.rollBack({ application, environment, request, requestId: `${id}/rollback` });
  if (answer.kind === 'returns') return { said: `${environment} returns to release ${answer.to}`, follows };
  const refused = `it is not rolled back: ${answer.reason}`;
  return { said: answer.stays ? `${refused}; ${await freeze(glass, freezeMs, at, answer.reason)}` : refused };
}

/** The rollback had begun, and health checks, trust or a host refused it. */
async function freezeInstead(glass: BreakGlass, freezeMs: number, reason: string): Promise<string> {
  const carried = `${reason}; ${await freeze(glass, freezeMs, now(), reason)}`;
  await tell(glass);
  await alert(noticeOf('glass-rollback-failed', glass, now(), carried));
  return carried;
}

/** Gates and environment look again; where one is not there, nothing has to. */
async function tell({ application, environment, release }: BreakGlass): Promise<void> {
  const ids = [releaseWorkflowId(application, release), environmentWorkflowId(application, environment)];
  await Promise.all(ids.map((id) => getExternalWorkflowHandle(id).signal(standingChanged).catch(lookAgainByThemselves)));
}

function lookAgainByThemselves(error: unknown): void {
  log.info('Nobody there to be told', { reason: failureText(error) });
}

/** The ledger has it; a receiver that is away for long does not hold up what follows. */
async function alert(notice: Notice): Promise<void> {
  try {
    await notices.sendNotice(notice);
  } catch (error) {
    log.error('A notice was not taken', { notice: notice.id, reason: failureText(error) });
  }
}

function now(): string {
  return new Date().toISOString();
}
