const TIMEOUT_MS = 10_000;
/** Of an answer: one figure is short. */
const MOST_BYTES = 65_536;

/**
 * The figure that a query of Prometheus gives now, over its HTTP API (`/api/v1/query`), within `timeoutMs`. Throws NoFigure for anything that
 * is not exactly one number: no series is not zero, and of several nobody knows which is meant.
 */
export async function askPrometheus(url: string, query: string, timeoutMs = TIMEOUT_MS): Promise<number> {
  const address = new URL(`${url.replace(/\/$/, '')}/api/v1/query`);
  address.searchParams.set('query', query);
  return figureIn(await answerOf(url, address, timeoutMs));
}

async function answerOf(url: string, address: URL, timeoutMs: number): Promise<string> {
  const lost = (error: unknown): never => {
    throw new NoFigure(`${url} does not answer: ${reasonOf(error)}`, { cause: error });
  };
  const options = { redirect: 'error', signal: AbortSignal.timeout(timeoutMs), headers: { accept: 'application/json' } } as const;
  const answer = await fetch(address, options).catch(lost);
  const text = answer.ok ? await beginningOf(answer).catch(lost) : '';
  if (!answer.ok || text.length > MOST_BYTES)
    throw new NoFigure(`${url} answers ${answer.status}${answer.ok ? ' at too great a length' : ''}`);
  return text;
}

/** As much of an answer as is looked at, and a little more where there is more. */
async function beginningOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MOST_BYTES) break;
  }
  return text;
}

function figureIn(text: string): number {
  const samples = samplesOf(parse(text));
  if (samples.length !== 1)
    throw new NoFigure(`the query gives ${samples.length === 0 ? 'nothing' : `${samples.length} series`}, and must give one number`);
  const [sample] = samples;
  // Of an empty text and of null, Number makes zero.
  const value = typeof sample === 'string' && sample.trim() !== '' ? Number(sample) : Number.NaN;
  if (!Number.isFinite(value)) throw new NoFigure(`the query gives ${String(sample)}, which is no number`);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NoFigure('the answer is no JSON', { cause: error });
  }
}

/** The values of an instant vector or a scalar. */
function samplesOf(answer: unknown): readonly unknown[] {
  const { status, data } = (answer ?? {}) as { status?: unknown; data?: { resultType?: unknown; result?: unknown } };
  if (status !== 'success' || data == null || !Array.isArray(data.result)) throw new NoFigure('the answer is none of a query');
  if (data.resultType === 'scalar') return [data.result[1]];
  if (data.resultType !== 'vector') throw new NoFigure(`the query gives a ${String(data.resultType)}, and must give one number`);
  return data.result.map((series: { value?: readonly unknown[] } | null) => series?.value?.[1]);
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return (cause as Error | undefined)?.message ?? message;
}

/** There is no figure to go by. */
export class NoFigure extends Error {
  override readonly name = 'NoFigure';
}
