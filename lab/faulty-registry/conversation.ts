import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Access, refuse } from './access.ts';
import { type Answer, type Asked, type Heard, refusal } from './answers.ts';
import { deliver, endConnection } from './delivery.ts';
import type { Fault, Faults } from './faults.ts';
import { Intake } from './intake.ts';
import type { Entry, Journal } from './record.ts';
import type { Registry } from './registry.ts';
import { type Route, routeOf } from './routes.ts';
import type { TokenService } from './token-service.ts';

/** What every request meets. */
export interface Counter {
  readonly registry: Registry;
  readonly access: Access;
  readonly tokens: TokenService | undefined;
  readonly faults: Faults;
  readonly journal: Journal;
}

/** Hears a request and answers it, or does what a fault says. A fault strikes only who would have been let in. */
export async function converse(counter: Counter, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const heard: Heard = { method: request.method ?? 'GET', url: new URL(request.url ?? '/', 'http://registry'), headers: request.headers };
  const route = routeOf(heard.method, heard.url);
  const entry = counter.journal.open(heard, route);
  const refused = refuse(counter.access, heard, route);
  const fault = refused === undefined ? counter.faults.next(heard, route) : undefined;
  const body = new Intake(request, entry, fault?.kind === 'cut request' ? fault : undefined);
  if (fault?.kind === 'silence' && fault.takes === 'the head') return;
  try {
    if (fault?.kind === 'cut request' && fault.after === 0) await body.drain();
    const answer = refused ?? (await answerTo(counter, { ...heard, body }, route, fault));
    if (fault?.kind === 'lost answer') await endConnection(request.socket, fault.ending);
    if (answer !== 'none') await deliver(response, answer, heard.method, entry, injuryIn(fault));
    await body.drain();
  } catch (error) {
    if (response.destroyed || request.socket.destroyed) return;
    await confess(response, error, heard, entry);
  }
}

async function answerTo(counter: Counter, asked: Asked, route: Route, fault: Fault | undefined): Promise<Answer | 'none'> {
  if (fault?.kind === 'silence') return 'none';
  if (fault?.kind === 'answer') return fault.answer(asked);
  if (fault?.kind === 'aside' && fault.when === 'before') await fault.act(asked);
  const own =
    route.operation === 'token' && counter.tokens !== undefined ? counter.tokens.answer(asked) : counter.registry.answer(asked, route);
  const answer = await own;
  if (fault?.kind === 'aside' && fault.when === 'after') await fault.act(asked);
  return fault?.kind === 'tamper' ? fault.change(answer) : answer;
}

function injuryIn(fault: Fault | undefined) {
  return fault?.kind === 'cut answer' || fault?.kind === 'stall' || fault?.kind === 'trickle' ? fault : undefined;
}

/** What nobody planned is the lab's own fault, and must not pass for the registry's. */
async function confess(response: ServerResponse, error: unknown, heard: Heard, entry: Entry): Promise<void> {
  if (response.headersSent) response.destroy();
  else await deliver(response, refusal(500, 'UNKNOWN', `the lab's registry failed: ${String(error)}`), heard.method, entry, undefined);
}
