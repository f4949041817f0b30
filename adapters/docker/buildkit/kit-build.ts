import { BuildFailed } from '../../../activities/images/errors.ts';
import type { BuildRequest, BuildSecrets } from '../../../activities/images.ts';
import type { Secret } from '../../../domain/secret.ts';
import { asEngineError, type Engine, EngineAnswer } from '../engine-calls.ts';
import { StreamFailed, type StreamLine } from '../follow-to-end.ts';
import { type Redaction, redactionOf } from '../redaction.ts';
import { createBuildTrace } from './build-trace.ts';
import { type BuildSession, openSecretSession, type SessionGifts } from './secret-session.ts';

/** What of a build is another way where BuildKit does it. */
export interface KitBuild {
  readonly settings: { readonly version: '2'; readonly session: string };
  /** Layers of an image that BuildKit made can be taken from it (`cacheFrom`) where it says what they are of. */
  readonly arguments: Readonly<Record<string, string>>;
  readonly words: (line: StreamLine) => readonly string[];
  /** The failure without secrets. */
  failure(error: unknown): unknown;
  close(): void;
}

interface KitBuildOptions {
  readonly signal: AbortSignal;
  readonly registries: SessionGifts['registries'];
}

interface KitSource {
  readonly engine: Engine;
  readonly secrets?: BuildSecrets;
  readonly platform?: string;
}

/**
 * Makes ready for a build by the engine's BuildKit, the one builder that gives secrets to steps and fetches for itself what another platform begins with;
 * undefined where a build needs neither. Whoever has it closes it. Throws BuildFailed for a secret that is not given and for an engine without
 * BuildKit, and SecretMissing.
 */
export async function openKitBuild(source: KitSource, request: BuildRequest, options: KitBuildOptions): Promise<KitBuild | undefined> {
  const { secrets: ids = [] } = request.source;
  if (ids.length === 0 && source.platform === undefined) return undefined;
  const secrets = await valuesOf(source, request, ids);
  const redact = redactionOf([...secrets.values()].map((secret) => secret.reveal()));
  const session = await openSession(source, request, { secrets, ...options });
  return {
    settings: { version: '2', session: session.id },
    arguments: { BUILDKIT_INLINE_CACHE: '1' },
    words: createBuildTrace(redact),
    failure: (error) => (error instanceof StreamFailed ? failureOf(error, session, redact) : error),
    close: session.close,
  };
}

async function valuesOf({ secrets }: KitSource, request: BuildRequest, ids: readonly string[]): Promise<Map<string, Secret>> {
  const { application, component, commit } = request;
  const values = new Map<string, Secret>();
  for (const id of ids) {
    const value = await secrets?.(application, id);
    if (value === undefined)
      throw new BuildFailed(component, commit, `no secret is named ${id} in buildSecrets of ${application} in tidegate.yaml`);
    values.set(id, value);
  }
  return values;
}

async function openSession(
  { engine, platform }: KitSource,
  { component, commit }: BuildRequest,
  { signal, ...gifts }: KitBuildOptions & SessionGifts,
): Promise<BuildSession> {
  try {
    return await openSecretSession(engine, gifts, signal);
  } catch (error) {
    if (!(error instanceof EngineAnswer)) throw error;
    if (error.status >= 500 && error.status !== 501) throw asEngineError(engine, 'open a session for a build', error);
    const [need, way] =
      gifts.secrets.size > 0
        ? ['it has secrets, which only BuildKit gives to steps', 'take build.secrets out']
        : [`it is for ${platform}, which only BuildKit builds for`, 'take build.platforms out'];
    const seen = `${need}, and the engine of host ${engine.host} has none (${error.message}). Let the build host be one with Docker 20.10 or later, or ${way}`;
    throw new BuildFailed(component, commit, seen);
  }
}

/** BuildKit writes the exit code of a step into its words alone. */
function failureOf(error: StreamFailed, { unknown }: BuildSession, redact: Redaction): StreamFailed {
  const code = /exit code: (\d+)\s*$/.exec(error.message)?.[1];
  const asked = unknown.length === 0 ? '' : `; its steps asked for ${unknown.join(', ')}, which build.secrets does not name`;
  const errorDetail = { message: redact(error.message) + asked, ...(code !== undefined && { code: Number(code) }) };
  return new StreamFailed({ errorDetail }, error.lines);
}
