import type { Readable } from 'node:stream';
import type { AuthConfigObject } from 'dockerode';
import { RouterImageMissing } from '../../activities/hosts/errors.ts';
import type { RegistryCredential } from '../../activities/images.ts';
import { callEngine, EngineAnswer, orAbsent } from './engine-calls.ts';
import type { RouterSettings } from './router-settings.ts';

const PULL_MS = 300_000;

/** Makes sure that the engine has the router's image. Throws RouterImageMissing. */
export async function pullRouterImage(settings: RouterSettings, signal: AbortSignal): Promise<void> {
  const { docker, image } = settings;
  const present = await orAbsent(callEngine(settings, `inspect image ${image}`, signal, () => docker.getImage(image).inspect()));
  if (present !== undefined) return;
  try {
    await callEngine(settings, `pull image ${image}`, signal, (abortSignal) => pull(settings, abortSignal), PULL_MS);
  } catch (error) {
    if (error instanceof EngineAnswer || error instanceof PullFailed) {
      throw new RouterImageMissing(settings.host, image, error.message, { cause: error });
    }
    throw error;
  }
}

async function pull({ docker, image, credentials }: RouterSettings, abortSignal: AbortSignal): Promise<void> {
  const registry = registryOf(image);
  const authconfig = printCredential(registry, await credentials(registry));
  const stream = (await docker.createImage(authconfig ?? {}, { fromImage: image, abortSignal })) as Readable;
  const stop = (): void => void stream.destroy();
  abortSignal.addEventListener('abort', stop, { once: true });
  // The engine answers 200 and reports failure inside the stream.
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error) => (error ? reject(new PullFailed(error.message)) : resolve()));
  });
  abortSignal.removeEventListener('abort', stop);
}

/** The registry of a reference as the engine reads it: a first part without a dot, a colon or `localhost` is Docker Hub's. */
function registryOf(image: string): string {
  const first = image.split('/')[0] ?? '';
  return image.includes('/') && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io';
}

function printCredential(registry: string, credential: RegistryCredential | undefined): AuthConfigObject | undefined {
  if (credential === undefined) return undefined;
  const serveraddress = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  if ('identityToken' in credential) return { identitytoken: credential.identityToken.reveal(), serveraddress } as AuthConfigObject;
  return { username: credential.username, password: credential.password.reveal(), serveraddress };
}

class PullFailed extends Error {
  override readonly name = 'PullFailed';
}
