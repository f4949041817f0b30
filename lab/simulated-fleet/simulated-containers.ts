import { createHash } from 'node:crypto';
import { type EngineAnswer, nothing, ok, refused } from './answer.ts';

/** What containers are created from, as far as anybody here asks for it again. */
interface Settings {
  readonly Image?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly HostConfig?: { readonly NetworkMode?: string };
}

interface Container {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly settings: Settings;
  status: 'created' | 'running' | 'exited';
  startedAt: string;
}

const NEVER = '0001-01-01T00:00:00Z';

/** The containers of one simulated engine: they start, run and stop at once, and do nothing. */
export class SimulatedContainers {
  readonly #containers = new Map<string, Container>();
  #made = 0;

  create(name: string, settings: Settings): EngineAnswer {
    if (this.#containers.has(name)) return refused(409, `Conflict. The container name "/${name}" is already in use`);
    this.#made += 1;
    const id = createHash('sha256').update(`${name} ${this.#made}`).digest('hex');
    const address = `172.30.${this.#made >> 8}.${this.#made & 255}`;
    this.#containers.set(name, { id, name, address, settings, status: 'created', startedAt: NEVER });
    return { status: 201, body: { Id: id, Warnings: [] } };
  }

  /** Those that have all the labels which are asked for, `name=value`. */
  list(labels: readonly string[]): EngineAnswer {
    const has = ({ settings }: Container, label: string) => {
      const [name = '', ...value] = label.split('=');
      return settings.Labels?.[name] === value.join('=');
    };
    return ok([...this.#containers.values()].filter((one) => labels.every((label) => has(one, label))).map(listed));
  }

  inspect(name: string): EngineAnswer {
    return this.#on(name, (container) => ok(inspected(container)));
  }

  start(name: string): EngineAnswer {
    return this.#on(name, (container) => {
      if (container.status === 'running') return nothing(304);
      Object.assign(container, { status: 'running', startedAt: new Date().toISOString() });
      return nothing(204);
    });
  }

  stop(name: string): EngineAnswer {
    return this.#on(name, (container) => {
      if (container.status !== 'running') return nothing(304);
      container.status = 'exited';
      return nothing(204);
    });
  }

  remove(name: string): EngineAnswer {
    return this.#on(name, () => {
      this.#containers.delete(name);
      return nothing(204);
    });
  }

  /** What is set is of no consequence here. */
  update(name: string): EngineAnswer {
    return this.#on(name, () => ok({ Warnings: [] }));
  }

  #on(name: string, act: (container: Container) => EngineAnswer): EngineAnswer {
    const container = this.#containers.get(name) ?? [...this.#containers.values()].find(({ id }) => id === name);
    return container === undefined ? refused(404, `No such container: ${name}`) : act(container);
  }
}

function listed({ id, name, settings, status }: Container) {
  return { Id: id, Names: [`/${name}`], Image: settings.Image, State: status, Labels: settings.Labels ?? {} };
}

function inspected({ id, name, address, settings, status, startedAt }: Container) {
  const isRunning = status === 'running';
  const network = settings.HostConfig?.NetworkMode ?? 'bridge';
  return {
    Id: id,
    Name: `/${name}`,
    RestartCount: 0,
    Config: { Image: settings.Image, Labels: settings.Labels ?? {}, Env: [] },
    HostConfig: settings.HostConfig ?? {},
    State: { Status: status, Running: isRunning, ExitCode: 0, OOMKilled: false, Error: '', StartedAt: startedAt, FinishedAt: NEVER },
    NetworkSettings: { Networks: { [network]: { IPAddress: isRunning ? address : '' } } },
  };
}
