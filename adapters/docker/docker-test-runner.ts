import type Docker from 'dockerode';
import { ContainerMissing, EngineUnreachable } from '../../activities/hosts/errors.ts';
import type { ImageSource } from '../../activities/images/image-source.ts';
import type { Registry, RegistryCredentials } from '../../activities/images.ts';
import { DigestMismatch } from '../../activities/registry/content-errors.ts';
import type { TestReport, TestRequest, TestRunner } from '../../activities/tests.ts';
import type { Companion } from '../../domain/pipeline.ts';
import { awaitCompanion, companionImage, componentImage } from './companions.ts';
import { containerLog, inspectContainer, startContainer, stopContainer } from './containers.ts';
import { asEngineError, callEngine, DeadlinePassed, type Engine, ORDINARY_DEADLINE_MS } from './engine-calls.ts';
import { imageDigest } from './image-digest.ts';
import { PULL_IDLE_MS, pullImage } from './pull-image.ts';
import { type Redaction, redactionOf } from './redaction.ts';
import { type ResolvedEnvironment, resolveEnvironment } from './resolved-environment.ts';
import { type BedContainer, TestBed } from './test-bed.ts';

export interface TestRunnerOptions {
  /** The test host's name in the installation. */
  readonly host: string;
  /** Its engine's address for messages. */
  readonly endpoint: string;
  readonly docker: Docker;
  readonly registry: Registry;
  readonly credentials: RegistryCredentials;
  /** Where images are read for the engine; without it the engine downloads them by itself. */
  readonly source?: ImageSource | undefined;
  /** Resolves `${env:…}` and `${file:…}` in a value, at the moment of use. */
  readonly resolveValue: (text: string) => Promise<string>;
  /** Milliseconds within which each companion must be ready; 60 s. */
  readonly companionDeadlineMs?: number;
  /** Milliseconds of silence after which a pull is given up; 60 s. */
  readonly pullIdleMs?: number;
}

interface Limits {
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** What watches containers also knows what must not be told of them: the secrets of all, as each may learn those of the others. */
interface Watch extends Limits {
  readonly redact: Redaction;
}

type Prepared = BedContainer & ResolvedEnvironment;

const COMPANION_DEADLINE_MS = 60_000;
const OUTPUT_BYTES = 8 * 1024;
const OUTPUT_LINES = 400;
const PROGRESS_MS = 1_000;

/** Runs test stages on one engine. Whatever happens, it leaves neither container nor network; should it be killed, its next attempt clears up. */
export function createDockerTestRunner(options: TestRunnerOptions): TestRunner {
  const { host, endpoint, docker } = options;
  const runner = new DockerTestRunner(options, { host, endpoint, docker, deadlineMs: ORDINARY_DEADLINE_MS });
  return { run: (request, limits) => runner.run(request, limits) };
}

class DockerTestRunner {
  constructor(
    private readonly options: TestRunnerOptions,
    private readonly engine: Engine,
  ) {}

  async run(request: TestRequest, limits: Limits): Promise<TestReport> {
    const bed = new TestBed(this.engine, request);
    // Clearing up is not bound to the caller's signal: it must happen above all when the caller has given up.
    const clear = () => bed.remove(new AbortController().signal);
    try {
      const report = await this.#runIn(bed, request, limits);
      await clear();
      return report;
    } catch (error) {
      await clear().catch((left: unknown) => limits.onProgress(`something of the tests is left on ${this.engine.host}: ${String(left)}`));
      throw error;
    }
  }

  async #runIn(bed: TestBed, request: TestRequest, limits: Limits): Promise<TestReport> {
    const started = performance.now();
    const test = await this.#testContainer(request);
    const companions = await Promise.all(request.companions.map((companion) => this.#companion(request, companion, limits)));
    for (const { image } of [test, ...companions]) await this.#pull(image, limits);
    await bed.open(limits.signal);
    const watch: Watch = { ...limits, redact: redactionOf([test, ...companions].flatMap(({ secrets }) => secrets)) };
    await this.#startCompanions(bed, request, companions, watch);
    const id = await bed.add(test, limits.signal);
    const digest = await this.#verified(id, test, limits.signal);
    const timedOut = await this.#runToEnd(id, request.timeoutMs, watch);
    return { ...(await this.#outcome(id, timedOut, watch)), digest, milliseconds: Math.round(performance.now() - started) };
  }

  async #testContainer(request: TestRequest): Promise<Prepared> {
    const { component, command, environment } = request.run;
    return {
      name: 'test',
      role: 'test',
      image: componentImage(request, component),
      command,
      ...(await resolveEnvironment(environment, this.options.resolveValue)),
    };
  }

  async #companion(request: TestRequest, companion: Companion, { signal }: Limits): Promise<Prepared> {
    const { name, command } = companion;
    const image = await companionImage(request, companion, this.options.registry, signal);
    return { name, role: 'companion', image, command, ...(await resolveEnvironment(companion.environment, this.options.resolveValue)) };
  }

  #pull(image: BedContainer['image'], { signal, onProgress }: Limits): Promise<void> {
    const { credentials, source, pullIdleMs: idleMs = PULL_IDLE_MS } = this.options;
    return pullImage(this.engine, image, { signal, credentials, source, idleMs, onProgress });
  }

  /** One after the other, in the order of the pipeline: a later one may need an earlier one. */
  async #startCompanions(bed: TestBed, { stage }: TestRequest, companions: readonly BedContainer[], watch: Watch): Promise<void> {
    const { signal, onProgress, redact } = watch;
    const deadlineMs = this.options.companionDeadlineMs ?? COMPANION_DEADLINE_MS;
    for (const companion of companions) {
      onProgress(`starting companion ${companion.name}`);
      const id = await bed.add(companion, signal);
      await startContainer(this.engine, id, { signal });
      await awaitCompanion(this.engine, { id, name: companion.name, stage }, { signal, deadlineMs, redact });
    }
  }

  /** What will run is read back from the engine, not taken from what was asked of it. */
  async #verified(id: string, test: BedContainer, signal: AbortSignal): Promise<string> {
    const inspected = await inspectContainer(this.engine, id, { signal });
    if (inspected === undefined) throw new ContainerMissing(this.engine, id, 'run the tests');
    const digest = await imageDigest(this.engine, inspected, signal);
    if (digest !== test.image.digest) throw new DigestMismatch(test.image, `host ${this.engine.host}`, digest);
    return digest;
  }

  /** Whether the tests had to be ended because their time was over. */
  async #runToEnd(id: string, timeoutMs: number, watch: Watch): Promise<boolean> {
    const { signal, onProgress } = watch;
    onProgress('running the tests');
    await startContainer(this.engine, id, { signal });
    const ticker = setInterval(() => this.#reportLastLine(id, watch), PROGRESS_MS);
    const doing = 'wait for the tests';
    try {
      await callEngine(this.engine, doing, { signal, deadlineMs: timeoutMs }, (abortSignal) =>
        this.engine.docker.getContainer(id).wait({ abortSignal }),
      );
      return false;
    } catch (error) {
      if (!(error instanceof EngineUnreachable && error.cause instanceof DeadlinePassed)) throw asEngineError(this.engine, doing, error);
      await stopContainer(this.engine, id, 0, { signal });
      return true;
    } finally {
      clearInterval(ticker);
    }
  }

  #reportLastLine(id: string, { signal, onProgress, redact }: Watch): void {
    containerLog(this.engine, id, 1, { signal, redact }).then(
      (line) => onProgress(line.trim()),
      (error: unknown) => onProgress(`the tests' output cannot be read now: ${String(error)}`),
    );
  }

  async #outcome(
    id: string,
    timedOut: boolean,
    { signal, redact }: Watch,
  ): Promise<Pick<TestReport, 'passed' | 'exitCode' | 'timedOut' | 'output'>> {
    const inspected = await inspectContainer(this.engine, id, { signal });
    if (inspected === undefined) throw new ContainerMissing(this.engine, id, 'tell how the tests went');
    const { ExitCode: exitCode, OOMKilled: outOfMemory } = inspected.State;
    const output = await containerLog(this.engine, id, OUTPUT_LINES, { signal, redact });
    const ended = outOfMemory ? '\nended by the engine: out of memory' : '';
    return { passed: exitCode === 0 && !timedOut, exitCode, timedOut, output: lastBytes(output + ended) };
  }
}

/** The end of a text, at most 8 kB, and no half of a character. */
function lastBytes(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= OUTPUT_BYTES) return text;
  return bytes.subarray(-OUTPUT_BYTES).toString('utf8').replace(/^�+/, '');
}
