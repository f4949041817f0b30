import { type EngineAnswer, ok, refused, reports } from './answer.ts';
import { SimulatedContainers } from './simulated-containers.ts';

/** One request to an engine. */
export interface EngineRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: Buffer;
}

type Handler = (request: EngineRequest, name: string) => EngineAnswer;

/** A file's name is the first thing in a tar, and the first file of an image's archive is its configuration. */
const NAME_BYTES = 100;

/**
 * An engine that speaks the Engine API (1.41) as far as deployments of components without a router need it, keeps what it was told, and
 * does nothing: what others do with a thousand of them can be measured on one machine.
 */
export class SimulatedEngine {
  readonly #containers = new SimulatedContainers();
  readonly #images = new Map<string, string>();
  readonly #networks: { readonly Id: string; readonly Name: string; readonly Labels: unknown }[] = [];
  #loaded = '';

  readonly #routes: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
    [
      'GET',
      /^\/info$/,
      () =>
        ok({
          OSType: 'linux',
          Architecture: 'x86_64',
          Driver: 'overlay2',
          DriverStatus: [],
          LiveRestoreEnabled: true,
          SystemTime: new Date().toISOString(),
        }),
    ],
    ['GET', /^\/images\/json$/, () => ok([])],
    ['GET', /^\/images\/(.+)\/json$/, (_, name) => this.#inspectImage(name)],
    ['POST', /^\/images\/load$/, ({ body }) => this.#load(body)],
    ['POST', /^\/images\/create$/, ({ url }) => this.#pull(url.searchParams.get('fromImage') ?? '')],
    ['GET', /^\/networks$/, () => ok(this.#networks)],
    ['POST', /^\/networks\/create$/, ({ body }) => this.#createNetwork(body)],
    ['GET', /^\/containers\/json$/, ({ url }) => this.#containers.list(labelsIn(url))],
    ['POST', /^\/containers\/create$/, ({ url, body }) => this.#create(url.searchParams.get('name') ?? '', body)],
    ['GET', /^\/containers\/(.+)\/json$/, (_, name) => this.#containers.inspect(name)],
    ['POST', /^\/containers\/(.+)\/start$/, (_, name) => this.#containers.start(name)],
    ['POST', /^\/containers\/(.+)\/stop$/, (_, name) => this.#containers.stop(name)],
    ['POST', /^\/containers\/(.+)\/update$/, (_, name) => this.#containers.update(name)],
    ['DELETE', /^\/containers\/([^/]+)$/, (_, name) => this.#containers.remove(name)],
  ];

  /** 501 for what it does not know, so that nobody measures an error without seeing it. */
  answer(request: EngineRequest): EngineAnswer {
    const { pathname } = request.url;
    for (const [method, path, handler] of this.#routes) {
      const found = method === request.method ? path.exec(pathname) : null;
      if (found !== null) return handler(request, decodeURIComponent(found[1] ?? ''));
    }
    return refused(501, `this engine is simulated and knows no ${request.method} ${pathname}`);
  }

  #inspectImage(name: string): EngineAnswer {
    const id = this.#images.get(name);
    if (id === undefined) return refused(404, `No such image: ${name}`);
    return ok({ Id: id, RepoDigests: [name], RootFS: { Type: 'layers', Layers: [] } });
  }

  #load(archive: Buffer): EngineAnswer {
    const [hex = ''] = archive.subarray(0, NAME_BYTES).toString('latin1').split('.json');
    this.#loaded = `sha256:${hex}`;
    return reports({ stream: `Loaded image ID: ${this.#loaded}\n` });
  }

  #pull(image: string): EngineAnswer {
    this.#images.set(image, this.#loaded);
    return reports({ status: `Status: Downloaded newer image for ${image}` });
  }

  #createNetwork(body: Buffer): EngineAnswer {
    const { Name, Labels } = JSON.parse(body.toString('utf8'));
    this.#networks.push({ Id: `network-${this.#networks.length}`, Name, Labels });
    return { status: 201, body: { Id: this.#networks.at(-1)?.Id, Warning: '' } };
  }

  #create(name: string, body: Buffer): EngineAnswer {
    const settings = JSON.parse(body.toString('utf8'));
    return this.#images.has(settings.Image) ? this.#containers.create(name, settings) : refused(404, `No such image: ${settings.Image}`);
  }
}

function labelsIn(url: URL): readonly string[] {
  const { label = [] } = JSON.parse(url.searchParams.get('filters') ?? '{}');
  return Array.isArray(label) ? label : Object.keys(label);
}
