import type { ClaimedDelivery } from '../../domain/inbox/delivery.ts';

/** A delivery holds no JSON, though whoever sent it signed it. */
export class NoJson extends Error {
  override readonly name = 'NoJson';

  constructor(why: string) {
    super(`It holds no JSON: ${why}`);
  }
}

/** What a delivery holds, as JSON, however its sender calls it, or as GitHub's other form, `payload=` and JSON. Throws NoJson. */
export function readBody({ body, contentType }: Pick<ClaimedDelivery, 'body' | 'contentType'>): unknown {
  const text = /^application\/x-www-form-urlencoded\b/i.test(contentType) ? (new URLSearchParams(body).get('payload') ?? body) : body;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw new NoJson(error.message);
    throw error;
  }
}
