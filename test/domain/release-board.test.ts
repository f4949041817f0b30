import { describe, expect, it } from '@jest/globals';
import { type Images, printImage } from '../../domain/image.ts';
import type { Job } from '../../domain/job.ts';
import type { StagePass } from '../../domain/ledger.ts';
import type { Pipeline, Stage } from '../../domain/pipeline.ts';
import type { ReleaseRecord, StageState } from '../../domain/release.ts';
import {
  laterUnderWay,
  nothingMore,
  objectionToPromotion,
  onlyFrom,
  openBoard,
  type ReleaseBoard,
  readyStages,
  releaseStatusOf,
  reopen,
  skipUnreachable,
  stateOf,
  takenBack,
  unknownStage,
  unreadBoard,
  withImages,
  withState,
} from '../../domain/release-board.ts';
import type { StageTakenBack } from '../../domain/taken-back.ts';
import { digestNumber } from './arbitraries.ts';

const AT = '2026-01-01T00:00:00Z';
const RECORD: ReleaseRecord = { application: 'shop', number: 2, images: {}, initiator: 'dev', createdAt: AT };
const deploy = (name: string, needs: string[]): Stage => ({
  kind: 'deploy',
  name,
  needs,
  environment: name,
  strategy: { kind: 'rolling', batch: 1 },
});
const STAGES: Stage[] = [
  { kind: 'build', name: 'build', needs: [] },
  { kind: 'test', name: 'test', needs: ['build'], run: { component: 'web', command: [], environment: {} }, companions: [], timeoutMs: 1 },
  deploy('staging', ['test']),
  deploy('production', ['staging']),
];
const PIPELINE: Pipeline = { application: 'shop', revision: 'r1', components: [], stages: STAGES };

const images = (n: number): Images => ({ web: { repository: 'r/web', digest: digestNumber(n) } });
const imagesOf = (pass: StagePass): Images => images(Number(pass.images.web));
const pass = (stage: string, n = 1, pipelineRevision = 'r1'): StagePass => ({ stage, pipelineRevision, images: { web: `${n}` }, at: AT });
const opened = (...passes: StagePass[]) => openBoard(RECORD, PIPELINE, passes, imagesOf);

const PASSED: StageState = { kind: 'passed', at: AT, milliseconds: 1, images: images(1) };
const FAILED: StageState = { kind: 'failed', at: AT, milliseconds: 1, reason: 'broken' };
const RUNNING: StageState = { kind: 'running', since: AT, detail: '' };
const set = (board: ReleaseBoard, states: Record<string, StageState>) =>
  Object.entries(states).reduce((now, [stage, state]) => withState(now, stage, state), board);
const kinds = (board: ReleaseBoard) => board.pipeline.stages.map((stage) => stateOf(board, stage.name).kind);
const ready = (board: ReleaseBoard) => readyStages(board).map((stage) => stage.name);

describe('a stage that its environment went back from', () => {
  const told = (stage: string): StageTakenBack => ({
    ...{ application: 'shop', release: 1, stage, deployment: 'deployment/shop/staging/2', to: 7, reason: 'Alarm pager: slow' },
    ...{ person: 'tidegate', at: AT, hosts: [] },
  });

  it('has passed no more: nothing after it starts, and what is under way there is named', () => {
    const board = set(opened(pass('build'), pass('test')), { staging: PASSED, production: RUNNING });
    const back = takenBack(board, told('staging'));
    expect(stateOf(back, 'staging')).toEqual({
      kind: 'rolled-back',
      at: AT,
      milliseconds: 1,
      reason: 'Alarm pager: slow',
      to: 7,
      hosts: [],
    });
    expect(laterUnderWay(back, 'staging')).toEqual(['production']);
    expect(laterUnderWay(back, 'production')).toEqual([]);
    expect(kinds(skipUnreachable(withState(back, 'production', { kind: 'pending' })))).toEqual([
      'passed',
      'passed',
      'rolled-back',
      'skipped',
    ]);
    expect(releaseStatusOf(back).state).toBe('running');
    expect(releaseStatusOf(withState(back, 'production', PASSED)).state).toBe('rolled-back');
  });

  it('stays as it is when it is being done again by now, or is none of the release', () => {
    const board = set(opened(), { staging: RUNNING });
    expect(takenBack(board, told('staging'))).toBe(board);
    expect(takenBack(board, told('elsewhere'))).toBe(board);
  });

  it('is that in every later run, and can be promoted again, but nothing after it', () => {
    const board = nothingMore(opened(pass('build'), pass('test'), { ...pass('staging'), takenBack: { to: 7, reason: 'slow', at: AT } }));
    expect(kinds(board)).toEqual(['passed', 'passed', 'rolled-back', 'skipped']);
    expect(objectionToPromotion(board, 'production')).toBe('Stage production needs staging to pass first');
    expect(objectionToPromotion(board, 'staging')).toBeUndefined();
    expect(ready(board)).toEqual([]);
  });
});

describe('jobs that are to run again', () => {
  it('are jobs of the pipeline, and run where something is deployed', () => {
    const migrate: Job = { name: 'migrate', component: 'web', when: 'pre-deploy', command: ['up'], environment: {}, timeoutMs: 1 };
    const board = openBoard(RECORD, { ...PIPELINE, jobs: [migrate] }, [pass('build'), pass('test'), pass('staging')], imagesOf);
    expect(objectionToPromotion(board, 'staging', ['migrate'])).toBeUndefined();
    expect(objectionToPromotion(board, 'staging', ['migrate', 'seed'])).toBe('shop has no job seed; its jobs are migrate');
    expect(objectionToPromotion(board, 'test', ['migrate'])).toBe('Stage test deploys nothing, so that no job is run there');
    expect(objectionToPromotion(opened(), 'staging', ['seed'])).toBe('shop has no job seed; its jobs are none');
  });
});

describe('the board of a release', () => {
  it('begins with the stages that need nothing', () => {
    expect(ready(opened())).toEqual(['build']);
    expect(ready(openBoard(RECORD, { ...PIPELINE, stages: [deploy('a', []), deploy('b', [])] }, [], imagesOf))).toEqual(['a', 'b']);
  });

  it('keeps passes of its own pipeline revision, with their images', () => {
    const board = opened(pass('build'), pass('test'));
    expect(kinds(board)).toEqual(['passed', 'passed', 'pending', 'pending']);
    expect(board.images).toEqual(images(1));
    expect(ready(board)).toEqual(['staging']);
  });

  it('counts no pass of another pipeline revision, nor its images', () => {
    const board = opened(pass('build', 9, 'r0'), pass('test', 9, 'r0'), pass('staging', 9, 'r0'));
    expect(kinds(board)).toEqual(['pending', 'pending', 'pending', 'pending']);
    expect(board.images).toEqual({});
    expect(ready(board)).toEqual(['build']);
  });

  it('counts no pass that was given to another digest than the release has', () => {
    const board = opened(pass('build', 1), pass('test', 2), pass('build', 2));
    expect(board.images).toEqual(images(1));
    expect(kinds(board)).toEqual(['passed', 'pending', 'pending', 'pending']);
  });

  it('never lets a pass change an image that the release was created with', () => {
    const board = openBoard({ ...RECORD, images: images(7) }, PIPELINE, [pass('build', 1)], imagesOf);
    expect(board.images.web && printImage(board.images.web)).toBe(printImage({ repository: 'r/web', digest: digestNumber(7) }));
    expect(kinds(board)[0]).toBe('pending');
  });

  it('shows nothing but that it begins before its pipeline was read', () => {
    const board = unreadBoard(RECORD);
    expect(releaseStatusOf(board)).toMatchObject({ stages: [], state: 'running', pipelineRevision: '' });
    expect(unknownStage(board, 'moon')).toContain('has not been read yet');
    expect(unknownStage(opened(), 'moon')).toBe('shop has no stage moon; its stages are build, test, staging, production');
  });

  it('starts nothing behind a stage that failed, and says of each what stood in its way', () => {
    const board = skipUnreachable(set(opened(pass('build')), { test: FAILED }));
    expect(kinds(board)).toEqual(['passed', 'failed', 'skipped', 'skipped']);
    expect(stateOf(board, 'staging')).toEqual({ kind: 'skipped', reason: 'test did not pass' });
    expect(stateOf(board, 'production')).toEqual({ kind: 'skipped', reason: 'staging did not pass' });
    expect(releaseStatusOf(board).state).toBe('failed');
  });

  it('starts nothing when an earlier stage was done again and failed, though the one between passed before', () => {
    const board = set(opened(pass('build'), pass('test'), pass('staging')), { test: FAILED });
    expect(ready(board)).toEqual([]);
    expect(objectionToPromotion(board, 'production')).toBe('Stage production needs test to pass first');
    expect(kinds(skipUnreachable(board))).toEqual(['passed', 'failed', 'passed', 'skipped']);
  });
});

describe('a promotion by hand', () => {
  it('is refused for what is unknown, under way, or not its turn', () => {
    const board = set(opened(pass('build')), { test: RUNNING });
    expect(objectionToPromotion(board, 'moon')).toContain('has no stage moon');
    expect(objectionToPromotion(board, 'test')).toBe('Stage test is running already');
    expect(objectionToPromotion(board, 'production')).toBe('Stage production needs staging to pass first');
    expect(objectionToPromotion(set(board, { test: FAILED }), 'test')).toBeUndefined();
  });

  it('never builds a release a second time: its digests would change under what passed', () => {
    expect(objectionToPromotion(opened(pass('build')), 'build')).toContain('a release is built once');
    expect(objectionToPromotion(set(opened(), { build: FAILED }), 'build')).toBeUndefined();
  });

  it('does nothing again under a stage that builds on it and is under way', () => {
    const board = set(opened(pass('build'), pass('test'), pass('staging')), { production: RUNNING });
    expect(objectionToPromotion(board, 'test')).toBe(
      'Stage production comes after test and is running; cancel the release before test is done again',
    );
    expect(objectionToPromotion(set(board, { production: PASSED }), 'test')).toBeUndefined();
  });

  it('sets the stage and what was skipped because of it to be done again, and nothing else', () => {
    const board = reopen(skipUnreachable(set(opened(pass('build')), { test: FAILED })), 'test');
    expect(kinds(board)).toEqual(['passed', 'pending', 'pending', 'pending']);
    expect(ready(board)).toEqual(['test']);
    const twoEnds: Pipeline = { ...PIPELINE, stages: [...STAGES, deploy('canary', ['build'])] };
    const other = set(openBoard(RECORD, twoEnds, [pass('build')], imagesOf), { test: FAILED, canary: FAILED });
    expect(kinds(reopen(skipUnreachable(other), 'test'))).toEqual(['passed', 'pending', 'pending', 'pending', 'failed']);
  });

  it('leaves alone what was not asked for', () => {
    const twoEnds: Pipeline = { ...PIPELINE, stages: [...STAGES, deploy('canary', ['build'])] };
    const board = onlyFrom(openBoard(RECORD, twoEnds, [pass('build'), pass('test')], imagesOf), 'staging');
    expect(kinds(board)).toEqual(['passed', 'passed', 'pending', 'pending', 'skipped']);
    expect(stateOf(board, 'canary')).toEqual({ kind: 'skipped', reason: 'not asked for in this attempt' });
  });
});

describe('the images of a release', () => {
  it('grow by what was built, and a later one of a component counts', () => {
    const built = withImages(withImages(opened(), images(1)), { api: { repository: 'r/api', digest: digestNumber(3) } });
    expect(Object.keys(built.images)).toEqual(['web', 'api']);
    expect(withImages(built, images(2)).images).toMatchObject(images(2));
    expect(built.states).toEqual(opened().states);
  });

  it('are those of a pass where all of them agree, and not where one does', () => {
    const two = (n: number): Images => ({ ...images(1), api: { repository: 'r/api', digest: digestNumber(n) } });
    const board = openBoard({ ...RECORD, images: two(2) }, PIPELINE, [pass('build', 1), pass('test', 2)], ({ stage }) =>
      two(stage === 'build' ? 2 : 3),
    );
    expect([stateOf(board, 'build').kind, stateOf(board, 'test').kind]).toEqual(['passed', 'pending']);
    const later = openBoard({ ...RECORD, images: images(1) }, PIPELINE, [pass('build', 1)], () => two(2));
    expect(stateOf(later, 'build').kind).toBe('passed');
  });
});

describe('a stage', () => {
  it('is to be done while nothing is known of it', () => {
    expect(stateOf({ ...opened(), states: {} }, 'staging')).toEqual({ kind: 'pending' });
  });

  it('is told with what it needs to pass first, all of it', () => {
    const both = { ...PIPELINE, stages: [...STAGES.slice(0, 3), deploy('production', ['staging', 'test'])] };
    const board = openBoard(RECORD, both, [], imagesOf);
    expect(objectionToPromotion(board, 'production')).toBe('Stage production needs staging, test to pass first');
  });

  it('is told with the jobs and stages that there are', () => {
    const jobs = ['migrate', 'warm'].map((name) => ({ name }) as Job);
    const board = set(openBoard(RECORD, { ...PIPELINE, jobs }, [], imagesOf), { build: PASSED, test: PASSED });
    expect(objectionToPromotion(board, 'staging', ['drop'])).toBe('shop has no job drop; its jobs are migrate, warm');
    expect(objectionToPromotion(board, 'staging', ['warm'])).toBeUndefined();
    expect(objectionToPromotion(board, 'none')).toBe('shop has no stage none; its stages are build, test, staging, production');
  });

  it('that is taken back keeps what became of its jobs, where there were any', () => {
    const told = {
      application: 'shop',
      release: 1,
      stage: 'staging',
      deployment: 'd',
      to: 7,
      reason: 'slow',
      person: 'rita',
      at: AT,
      hosts: [],
    };
    const report = {
      job: 'migrate',
      release: 1,
      direction: 'down' as const,
      host: 'p1',
      outcome: 'done' as const,
      detail: '',
      milliseconds: 1,
    };
    const board = set(opened(), { staging: PASSED });
    expect(stateOf(takenBack(board, told), 'staging')).toStrictEqual({
      kind: 'rolled-back',
      at: AT,
      milliseconds: 1,
      reason: 'slow',
      to: 7,
      hosts: [],
    });
    expect(stateOf(takenBack(board, { ...told, jobs: [report] }), 'staging')).toMatchObject({ jobs: [report] });
  });

  it('is shown with what its strategy means for users, where they will notice it', () => {
    const recreate = { ...deploy('staging', ['test']), strategy: { kind: 'recreate', batch: 1 } } as Stage;
    const { stages } = releaseStatusOf(
      openBoard(RECORD, { ...PIPELINE, stages: [...STAGES.slice(0, 2), recreate, deploy('production', ['staging'])] }, [], imagesOf),
    );
    expect(stages[0]).toStrictEqual({ name: 'build', stageKind: 'build', state: { kind: 'pending' } });
    expect(stages[2]?.warning).toEqual(expect.any(String));
    expect(stages[3]).toStrictEqual({ name: 'production', stageKind: 'deploy', state: { kind: 'pending' }, environment: 'production' });
  });

  it('that is done again takes those along that were skipped because of it, and no others', () => {
    const skipped: StageState = { kind: 'skipped', reason: 'x' };
    const board = reopen(set(opened(), { build: skipped, test: FAILED, staging: skipped, production: FAILED }), 'test');
    expect(kinds(board)).toEqual(['skipped', 'pending', 'pending', 'failed']);
  });

  it('is under way after another one where it has begun', () => {
    expect(laterUnderWay(set(opened(), { test: RUNNING, staging: RUNNING, production: FAILED }), 'build')).toEqual(['test', 'staging']);
  });
});
