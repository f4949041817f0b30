/** An answer read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

interface Request {
  readonly method?: string;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** One exchange over HTTP; redirects are left to the caller. */
export type Fetch = (url: URL, request: Request) => Promise<Answer>;

/** Manifests may have 4 MiB (distribution-spec, "Pushing Manifests"); nothing that we read is larger. */
const LARGEST_BODY = 4 * 1024 * 1024;

/** Sends a request and reads the whole answer, at most 4 MiB. Throws what `fetch` throws, or BodyTooLarge. */
export const readWhole: Fetch = async (url, request) => {
  const response = await fetch(url, { redirect: 'manual', ...request });
  return { status: response.status, headers: response.headers, body: await readBody(response) };
};

async function readBody(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > LARGEST_BODY) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';

  constructor() {
    super(`its answer is larger than ${LARGEST_BODY} bytes`);
  }
}
