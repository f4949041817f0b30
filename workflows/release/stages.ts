import type { BuiltImage } from '../../activities/images.ts';
import type { Images } from '../../domain/image.ts';
import type { BaseImage } from '../../domain/image-labels.ts';
import type { Component, Stage } from '../../domain/pipeline.ts';
import type { StageState } from '../../domain/release.ts';
import { images, tests } from '../proxies/images.ts';
import type { ReleaseRun } from './release-run.ts';

interface Built {
  readonly images: Images;
  /** By component; absent where no image says what it was made from. */
  readonly bases?: Readonly<Record<string, readonly BaseImage[]>>;
}

/** Builds every component that is built from source and was not given, all from the release's commit. */
export async function runBuildStage(run: ReleaseRun): Promise<Built> {
  const { record, board } = run;
  const built = await Promise.all(
    board.pipeline.components
      .filter((component) => component.source.kind === 'build' && record.images[component.name] === undefined)
      .map((component) => buildComponent(run, component)),
  );
  const images = Object.fromEntries(built.map(([name, { image }]) => [name, image]));
  const bases = built.flatMap(([name, { bases: own }]) => (own === undefined ? [] : [[name, own] as const]));
  return { images: { ...images, ...record.images }, ...(bases.length > 0 && { bases: Object.fromEntries(bases) }) };
}

async function buildComponent(run: ReleaseRun, component: Component): Promise<[string, BuiltImage]> {
  const { application, number, commit } = run.record;
  if (component.source.kind !== 'build' || commit === undefined)
    throw new Error(`Component ${component.name} has nothing to be built from`);
  const request = {
    application,
    release: number,
    commit,
    component: component.name,
    repository: component.repository,
    source: component.source,
  };
  return [component.name, await images(`build ${component.name}`, component.source.timeoutMs).buildComponent(request)];
}

/** Runs the application's tests on the very digests of the release. A failed test is a state, not an error. */
export async function runTestStage(run: ReleaseRun, stage: Extract<Stage, { kind: 'test' }>): Promise<StageState> {
  const { application, number } = run.record;
  const request = {
    application,
    release: number,
    stage: stage.name,
    images: run.board.images,
    run: stage.run,
    companions: stage.companions,
    timeoutMs: stage.timeoutMs,
  };
  const report = await tests(`test release ${number}`, stage.timeoutMs).runTests(request);
  const at = new Date().toISOString();
  if (report.passed) return { kind: 'passed', at, milliseconds: report.milliseconds, images: run.board.images };
  const how = report.timedOut
    ? `the tests were not done within ${stage.timeoutMs} ms`
    : `the tests ended with exit code ${report.exitCode}`;
  return { kind: 'failed', at, milliseconds: report.milliseconds, reason: `${how}; they last printed: ${report.output.slice(-2_000)}` };
}
