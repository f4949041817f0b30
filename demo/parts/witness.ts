import { connectEngine } from '../../adapters/docker/connect.ts';
import { parseEndpoint } from '../../adapters/docker/endpoint.ts';
import { LABEL } from '../../domain/labels.ts';
import type { SiteHost } from '../site/site.ts';
import type { Docker } from '../site/user-engine.ts';

/** A container as a host's engine shows it; `digest` is that of the image which it was made from, as the engine knows it. */
export interface SeenContainer {
  readonly host: string;
  readonly component: string;
  readonly role: string;
  readonly environment: string | undefined;
  readonly release: string;
  readonly deployment: string | undefined;
  readonly digest: string;
}

/**
 * Watches the engines from outside Tidegate: every container of Tidegate's that starts is inspected at once, so that also those are known which
 * are gone by the time somebody asks, as a test's and a failed version's are.
 */
export class Witness {
  readonly #engines: readonly { readonly host: string; readonly docker: Docker }[];
  readonly #streams: NodeJS.ReadableStream[] = [];
  readonly #looks = new Set<Promise<void>>();
  readonly #started: SeenContainer[] = [];
  #failure: unknown;

  /** `repositories` says which component an image is of, for containers whose labels do not. */
  constructor(
    hosts: readonly SiteHost[],
    private readonly repositories: Readonly<Record<string, string>>,
  ) {
    this.#engines = hosts.map(({ name, docker }) => ({ host: name, docker: connectEngine(parseEndpoint(docker)) }));
  }

  async watch(): Promise<void> {
    for (const { host, docker } of this.#engines) {
      const stream = await docker.getEvents({ filters: { type: ['container'], event: ['start'], label: [LABEL.role] } });
      this.#streams.push(stream);
      stream.on('error', (error) => {
        this.#failure ??= error;
      });
      let rest = '';
      stream.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString('utf8')).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') this.#look(host, docker, JSON.parse(line).id);
      });
    }
  }

  /** Every container that has started since. Throws what kept one from being inspected. */
  async started(): Promise<readonly SeenContainer[]> {
    await Promise.all(this.#looks);
    if (this.#failure !== undefined) throw this.#failure;
    return this.#started;
  }

  /** What runs now on a host. */
  async running(host: string): Promise<readonly SeenContainer[]> {
    const engine = this.#engines.find((candidate) => candidate.host === host);
    if (engine === undefined) return [];
    const containers = await engine.docker.listContainers({ filters: { label: [LABEL.role], status: ['running'] } });
    const seen = await Promise.all(containers.map(({ Id }) => this.#inspect(engine.host, engine.docker, Id)));
    return seen.flatMap((container) => container ?? []);
  }

  stop(): void {
    for (const stream of this.#streams) if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy();
  }

  #look(host: string, docker: Docker, id: string): void {
    const look = this.#inspect(host, docker, id).then(
      (seen) => void (seen && this.#started.push(seen)),
      (error: unknown) => {
        this.#failure ??= error;
      },
    );
    this.#looks.add(look);
    void look.finally(() => this.#looks.delete(look));
  }

  /** Undefined for what belongs to no release, as routers do. */
  async #inspect(host: string, docker: Docker, id: string): Promise<SeenContainer | undefined> {
    const { Config, Image } = await docker.getContainer(id).inspect();
    const labels: Readonly<Record<string, string | undefined>> = Config.Labels;
    const [component, release] = [labels[LABEL.component] ?? this.#componentOf(Config.Image), labels[LABEL.release]];
    if (component === undefined || release === undefined) return undefined;
    const { RepoDigests } = await docker.getImage(Image).inspect();
    return {
      host,
      component,
      role: labels[LABEL.role] ?? '',
      environment: labels[LABEL.environment],
      release,
      deployment: labels[LABEL.deployment],
      digest: digestAmong(RepoDigests, Config.Image),
    };
  }

  #componentOf(image: string): string | undefined {
    const repository = image.replace(/@.*$/, '');
    return Object.entries(this.repositories).find(([, path]) => repository.endsWith(`/${path}`))?.[0];
  }
}

/** An image can be known under several repositories; the container's own is meant. */
function digestAmong(repoDigests: readonly string[], image: string): string {
  const repository = image.replace(/@.*$/, '');
  const own = repoDigests.filter((name) => name.startsWith(`${repository}@`));
  const [name = ''] = own.length > 0 ? own : repoDigests;
  return name.slice(name.indexOf('@') + 1);
}
