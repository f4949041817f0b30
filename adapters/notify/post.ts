import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { rootCertificates } from 'node:tls';

const TIMEOUT_MS = 10_000;
/** Of an answer: a verdict and a sentence are short. */
const MOST_BYTES = 65_536;

interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** PEM of authorities that are trusted besides the well-known ones. */
  readonly ca?: string;
}

interface PostAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Posts a body and reads the whole answer, within ten seconds and 64 KiB; redirections are answers like others. Throws what the socket throws. */
export async function post(url: string, options: PostOptions): Promise<PostAnswer> {
  const answer = await answerTo(url, options);
  return { status: answer.statusCode ?? 0, headers: headersOf(answer), text: await textOf(answer) };
}

function answerTo(url: string, { headers, body, ca }: PostOptions): Promise<IncomingMessage> {
  const request = new URL(url).protocol === 'https:' ? requestTls : requestPlain;
  const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  const length = { 'content-length': Buffer.byteLength(body) };
  const common = { method: 'POST', agent: false, signal: AbortSignal.timeout(TIMEOUT_MS), ...trusted };
  return new Promise((resolve, reject) => {
    request(url, { ...common, headers: { ...headers, ...length } })
      .on('error', reject)
      .on('response', resolve)
      .end(body);
  });
}

function headersOf({ headers }: IncomingMessage): Headers {
  const known = new Headers();
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') known.set(name, value);
  return known;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST_BYTES) throw new Error('its answer is too long');
  }
  return Buffer.concat(chunks).toString('utf8');
}
