import { TOKENS } from '../support/api-under-test.ts';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** One request over real HTTP; with a person's token unless told otherwise. */
export async function call(
  url: string,
  options: {
    readonly method?: string;
    readonly body?: unknown;
    readonly rawBody?: string;
    readonly token?: string | null;
    readonly headers?: Record<string, string>;
  } = {},
): Promise<Answer> {
  const token = options.token === undefined ? TOKENS.ana : options.token;
  const body = options.rawBody ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const response = await fetch(url, {
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, headers: response.headers, text, body: type.includes('json') ? JSON.parse(text) : {} };
}
