import { randomUUID } from 'node:crypto';
import { SOURCES } from '../../domain/inbox/github-sources.ts';
import type { Delivery, ServerParts } from '../ports.ts';
import { MalformedDelivery, Unauthenticated } from '../problems.ts';

const HINT = 'sign the body with a secret of tidegate.yaml, as github.webhooks and webhooks[] say';

/** What a sender names its deliveries and their kinds: nothing that a database or a log could stumble over. */
const WORD = /^[\w.:-]{1,100}$/;

/**
 * Writes a delivery down as it came; nothing of it is read before its signature is found right, and nothing more than that it is text afterwards.
 * Resolves once it would survive a power cut. Throws Unauthenticated, SenderUnreadable, MalformedDelivery, and what the inbox throws.
 */
export async function receive(
  { senders, inbox }: Pick<ServerParts, 'senders' | 'inbox'>,
  source: string,
  delivery: Delivery,
  pathSecret?: string,
): Promise<{ readonly known: boolean }> {
  const from = await proved(senders, source, delivery, pathSecret);
  if (from === undefined) throw unproved();
  const { isNew } = await inbox.receive({
    source: from,
    ...namesOf(source, delivery),
    body: textOf(delivery.body),
    ...repeatable(pathSecret),
  });
  return { known: !isNew };
}

/** Refuses what cannot come from this source, before its body is read. Throws Unauthenticated. */
export async function admit(
  { senders }: Pick<ServerParts, 'senders'>,
  source: string,
  headers: Delivery['headers'],
  pathSecret?: string,
): Promise<void> {
  for (const one of sourcesAt(source)) if (await senders.mayBe(one, headers, pathSecret)) return;
  throw unproved();
}

/** The App's own hook sends to the same address, and is told from others by its secret. */
function sourcesAt(source: string): readonly string[] {
  return source === SOURCES.hooks ? Object.values(SOURCES) : [source];
}

async function proved(
  senders: ServerParts['senders'],
  source: string,
  ...shown: readonly [Delivery, string?]
): Promise<string | undefined> {
  for (const one of sourcesAt(source)) if (await senders.proves(one, ...shown)) return one;
  return undefined;
}

function unproved(): Unauthenticated {
  return new Unauthenticated('The message does not prove where it comes from', HINT);
}

function namesOf(source: string, { headers }: Delivery) {
  const contentType = String(headers['content-type'] ?? '').slice(0, 200);
  if (source !== SOURCES.hooks) return { id: wordOf(headers['webhook-id']) ?? randomUUID(), event: '', contentType };
  const [id, event] = [wordOf(headers['x-github-delivery']), wordOf(headers['x-github-event'])];
  if (id === undefined || event === undefined)
    throw new MalformedDelivery('Expected X-GitHub-Delivery and X-GitHub-Event, as GitHub sends them');
  return { id, event, contentType };
}

/** Whoever signs nothing tells a tag alone, which may lead elsewhere when it is told again. */
function repeatable(pathSecret: string | undefined): { readonly isRepeatable?: true } {
  return pathSecret === undefined ? {} : { isRepeatable: true };
}

function wordOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && WORD.test(header) ? header : undefined;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(body: Buffer): string {
  try {
    const text = UTF8.decode(body);
    if (!text.includes('\0')) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw new MalformedDelivery('Expected text in UTF-8');
}
