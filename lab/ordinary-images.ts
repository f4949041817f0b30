import Docker from 'dockerode';

/** Milliseconds until a registry must have begun to answer: whoever has no way out must not wait. */
const FIRST_SIGN = 5_000;
const WHOLE_PULL = 180_000;

interface Progress {
  readonly error?: string;
  readonly aux?: { readonly Digest?: string };
}

/**
 * Takes an ordinary image with the user's engine, from what it has or by pulling, and pushes it to `reference` as `lab`.
 * Returns its digest there, or undefined when it cannot be had; a registry that refuses the push throws.
 */
export async function pullAndPush(image: string, reference: string, docker: string): Promise<string | undefined> {
  const engine = new Docker({ socketPath: docker.replace(/^unix:\/\//, ''), timeout: WHOLE_PULL });
  if (!(await has(engine, image)) && !(await pull(engine, image))) return undefined;
  await engine.getImage(image).tag({ repo: reference, tag: 'lab' });
  const pushed = await follow(await engine.getImage(`${reference}:lab`).push({ authconfig: { auth: '' } }));
  const digest = pushed.map(({ aux }) => aux?.Digest).find((found) => found !== undefined);
  if (digest === undefined) throw new PushFailed(reference, pushed.find(({ error }) => error)?.error ?? 'it named no digest');
  return digest;
}

async function has(engine: Docker, image: string): Promise<boolean> {
  return engine
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}

async function pull(engine: Docker, image: string): Promise<boolean> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), FIRST_SIGN);
  try {
    const stream = await engine.pull(image, { abortSignal: deadline.signal });
    stream.once('data', () => clearTimeout(timer));
    deadline.signal.addEventListener('abort', () => 'destroy' in stream && typeof stream.destroy === 'function' && stream.destroy());
    return (await follow(stream)).every(({ error }) => error === undefined);
  } catch {
    // No way out to a registry is the ordinary case of a closed network: the image is made here instead.
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** An engine answers 200 and tells of failure inside the stream, so it is read to its end. */
async function follow(stream: NodeJS.ReadableStream): Promise<Progress[]> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line));
}

export class PushFailed extends Error {
  override readonly name = 'PushFailed';

  constructor(reference: string, seen: string) {
    super(`Expected the engine to push ${reference}: ${seen}`);
  }
}
