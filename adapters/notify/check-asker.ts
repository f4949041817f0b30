import type { CheckAsker, CheckReply } from '../../activities/checks.ts';
import { type CheckQuestion, reasonFrom } from '../../domain/gates/check-question.ts';
import type { Secret } from '../../domain/secret.ts';
import { post } from './post.ts';
import { isSigned, signedHeaders } from './standard-webhook.ts';

/** What a check means by these is "later": 408 Request Timeout, 425 Too Early, 429 Too Many Requests. */
const LATER = [408, 425, 429];

/** Where a check is asked, and by which secrets it and Tidegate know each other. */
export interface CheckTarget {
  readonly name: string;
  readonly url: string;
  /** The first one signs; any of them counts. Throws SecretMissing. */
  readonly secrets: () => Promise<readonly Secret[]>;
  /** PEM of authorities that are trusted besides the well-known ones. */
  readonly ca?: () => Promise<string>;
}

export interface CheckAskerOptions {
  readonly targets: readonly CheckTarget[];
  /** Where the answer to a question is sent. */
  readonly answerTo: (question: CheckQuestion) => string;
  readonly now?: () => number;
}

/** A check has not taken its question. Retryable: it is asked again under the same id, no sooner than it wants. */
export class QuestionNotTaken extends Error {
  override readonly name = 'QuestionNotTaken';

  constructor(
    check: string,
    seen: string,
    readonly retryAfterMs?: number,
    options?: ErrorOptions,
  ) {
    super(`${check} did not take the question: ${seen}`, options);
  }
}

/**
 * Asks external checks by signed webhooks (Standard Webhooks 1.0). An answer in the response counts where the connection proves who gives it,
 * over TLS, or a signature does. A refusal without a verdict may be of a proxy, or of a check that was moved: the question was not taken.
 */
export function createCheckAsker({ targets, answerTo, now = Date.now }: CheckAskerOptions): CheckAsker {
  return {
    async ask(question) {
      const { check } = question;
      const target = targets.find(({ name }) => name === check);
      if (target === undefined)
        throw new QuestionNotTaken(check, 'this worker knows no such check; start it again after changing tidegate.yaml');
      const secrets = await target.secrets();
      const answer = await send(target, documentOf(question, answerTo(question)), question.id, secrets, now());
      return replyIn(answer, { target, question, secrets, now: now() });
    },
  };
}

/** What a check is told. */
function documentOf({ subject, ...question }: CheckQuestion, answerTo: string): string {
  const { release, stage, planHash, policyRevision } = subject;
  return JSON.stringify({ event: 'check-asked', ...question, release, stage, planHash, policyRevision, answerTo });
}

async function send(target: CheckTarget, body: string, id: string, secrets: readonly Secret[], now: number): ReturnType<typeof post> {
  const [secret] = secrets;
  if (secret === undefined) throw new QuestionNotTaken(target.name, 'it has no secret');
  const signed = signedHeaders(secret, { id, timestamp: String(Math.floor(now / 1_000)), body });
  const headers = { 'content-type': 'application/json', 'user-agent': 'tidegate', ...signed };
  const ca = await target.ca?.();
  return post(target.url, { headers, body, ...(ca !== undefined && { ca }) }).catch(lost(target));
}

interface Asked {
  readonly target: CheckTarget;
  readonly question: CheckQuestion;
  readonly secrets: readonly Secret[];
  readonly now: number;
}

function replyIn({ status, headers, text }: Awaited<ReturnType<typeof post>>, asked: Asked): CheckReply {
  const { name } = asked.target;
  if (status === 200) return verdictIn(text, headers, asked);
  if (status > 200 && status < 300) return { kind: 'taken' };
  const isRefusal = status >= 400 && status < 500 && !LATER.includes(status);
  if (isRefusal && documentIn(text).verdict === 'no') return verdictIn(text, headers, asked);
  const words = isRefusal ? reasonIn(text) : '';
  throw new QuestionNotTaken(name, reasonFrom(`it answers ${status} ${words}`.trim()), retryAfter(headers, asked.now));
}

function lost({ name }: CheckTarget): (error: unknown) => never {
  return (error) => {
    const { message, cause } = error as Error;
    throw new QuestionNotTaken(name, `it does not answer: ${(cause as Error | undefined)?.message || message}`, undefined, {
      cause: error,
    });
  };
}

function verdictIn(text: string, headers: Headers, { target, question, secrets, now }: Asked): CheckReply {
  const { verdict, reason } = documentIn(text);
  if (verdict === undefined) return { kind: 'taken' };
  if (verdict !== 'yes' && verdict !== 'no') throw new QuestionNotTaken(target.name, 'its verdict is neither yes nor no');
  const mustSign = headers.has('webhook-signature') || new URL(target.url).protocol !== 'https:';
  if (mustSign && !isSigned(headers, question.id, text, secrets, now))
    throw new QuestionNotTaken(target.name, 'it answers at once over plain HTTP, or with a signature, and that does not prove who answers');
  return { kind: 'answered', verdict, reason: reasonFrom(typeof reason === 'string' ? reason : '') };
}

function documentIn(text: string): { readonly verdict?: unknown; readonly reason?: unknown } {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === 'object' && document !== null ? document : {};
  } catch {
    return {};
  }
}

/** What a refusal says of itself: as a verdict does, as problem documents do, or in plain words. */
function reasonIn(text: string): string {
  const { reason, detail } = documentIn(text) as { readonly reason?: unknown; readonly detail?: unknown };
  const words = [reason, detail].find((word) => typeof word === 'string');
  if (typeof words === 'string') return words;
  return /^\s*[<{[]/.test(text) ? '' : text.trim();
}

/** RFC 9110, section 10.2.3: seconds, or a date. */
function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after') ?? '';
  const moment = /^\d{1,9}$/.test(value) ? now + Number(value) * 1_000 : Date.parse(value);
  return Number.isFinite(moment) ? Math.max(0, moment - now) : undefined;
}
