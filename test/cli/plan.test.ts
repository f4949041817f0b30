import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CompiledCli } from '../support/compiled-cli.ts';
import { PASSED, shopStatus, WAITING, WAITING_PLAN } from '../support/shop.ts';
import { type Desk, openDesk } from './desk.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are looked for
const COLOURED = /\u001b\[33mreplace\u001b\[39m/;

describe('plan', () => {
  let cli: CompiledCli;
  let desk: Desk;
  beforeAll(async () => {
    cli = await CompiledCli.compile();
    desk = await openDesk(cli);
    for (const number of [1, 2]) {
      const status = shopStatus(number, { build: PASSED, test: PASSED, staging: PASSED, production: number === 2 ? WAITING : PASSED });
      desk.api.register.put(status.release);
      desk.api.engine.put(status);
    }
    const { previews } = desk.api.engine;
    previews.set('production', { kind: 'planned', stage: 'production', environment: 'production', plan: WAITING_PLAN });
    previews.set('staging', { kind: 'unbuilt', stage: 'staging', environment: 'staging', components: ['web', 'worker'] });
  });
  afterAll(async () => {
    await desk.close();
    await cli.remove();
  });

  it('shows what a rollback would do: what is left of the earlier release, what is undone, and what forbids it', async () => {
    const web = {
      component: 'web',
      action: 'replace',
      from: { release: 2, digest: 'sha256:2' },
      to: { release: 1, digest: 'sha256:1' },
      changes: [],
    } as const;
    const plan = {
      strategy: 'rolling, 1 host at a time',
      effects: [{ ...web, found: 'nothing' as const }],
      hosts: [{ host: 'p1', effects: [0] }],
      hash: 'h',
    };
    const undo = [{ job: 'migrate', release: 2, command: ['node', 'down.js'] }];
    desk.api.engine.wayBack = { kind: 'planned', from: 2, to: 1, plan, undo, forwardOnly: [{ job: 'drop', release: 2, command: [] }] };
    const { exitCode, stdout } = await desk.run(['plan', 'shop', '--environment', 'production', '--rollback-to', '1']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('shop in production back from #2 to #1');
    expect(stdout).toContain('of #1: its containers are made anew, and its image must be pulled first');
    expect(stdout).toContain('undo migrate of #2, once #1 serves: node down.js');
    expect(stdout).toMatch(/forbidden by drop of #2.*--past-forward-only/);
    const json = await desk.run(['plan', 'shop', '--environment', 'production', '--rollback-to', '1', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ application: 'shop', environment: 'production', from: 2, to: 1, undo });
    expect(desk.api.engine.plansAsked).toContain('shop in production back to 1');
  });

  it('says why there is no way back, and asks for the environment', async () => {
    desk.api.engine.wayBack = { kind: 'refused', reason: 'Release 9 was never found good in shop in production' };
    const refused = await desk.run(['plan', 'shop', '--environment', 'production', '--rollback-to', '9']);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Release 9 was never found good') });
    const unclear = await desk.run(['plan', 'shop', '--rollback-to', '1']);
    expect(unclear).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Which environment is meant?') });
  });

  it('shows what would be done, where, with every difference, and what a way back would find', async () => {
    const { exitCode, stdout } = await desk.run(['plan', 'shop#2', '--stage', 'production']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`shop#2 through production to production
  plan plan-7
  rolling, 1 host at a time

  replace web  #1 sha256:999999999999 -> #2 sha256:aaaaaaaaaaaa  on p1, p2
    image
    memory             64MiB -> 128MiB
    environment TOKEN  changed
    way back: containers and image of #1 are there

  keep worker  #1 sha256:bbbbbbbbbbbb -> #2 sha256:bbbbbbbbbbbb  on p1, p2

  on 2 hosts: replace 2, keep 2

  this is the plan that waits for a yes
`);
    expect(desk.api.engine.changes).toEqual([]);
  });

  it('takes the newest release of an application, and colours for people alone', async () => {
    desk.api.engine.plansAsked.length = 0;
    const { stdout } = await desk.run(['plan', 'shop', '--stage', 'production'], { environment: { FORCE_COLOR: '1' } });
    expect(desk.api.engine.plansAsked).toEqual(['shop#2 production']);
    expect(stdout).toMatch(COLOURED);
    expect((await desk.run(['plan', 'shop', '2', '--stage', 'production'])).stdout).not.toMatch(COLOURED);
  });

  it('prints one JSON document', async () => {
    const { stdout, stderr } = await desk.run(['plan', 'shop#2', '--stage', 'production', '--json']);
    expect(stderr).toBe('');
    const document = {
      application: 'shop',
      number: 2,
      kind: 'planned',
      stage: 'production',
      environment: 'production',
      waitingPlanHash: 'plan-7',
    };
    expect(JSON.parse(stdout)).toEqual({ ...document, plan: JSON.parse(JSON.stringify(WAITING_PLAN)) });
  });

  it('warns where the plan that waits is no longer what would be done', async () => {
    const plan = { ...WAITING_PLAN, hash: 'plan-8' };
    desk.api.engine.previews.set('production', { kind: 'planned', stage: 'production', environment: 'production', plan });
    const { stdout } = await desk.run(['plan', 'shop#2', '--stage', 'production']);
    expect(stdout).toContain('the plan that waits is another, plan-7');
    desk.api.engine.previews.set('production', { kind: 'planned', stage: 'production', environment: 'production', plan: WAITING_PLAN });
  });

  it('says of a release that is not built yet whose images are missing, and that it is to be waited for', async () => {
    const { exitCode, stdout } = await desk.run(['plan', 'shop#1', '--stage', 'staging']);
    expect(exitCode).toBe(5);
    expect(stdout).toContain('the images of web, worker are not known until they are built');
  });

  it('asks which stage is meant, and names those that deploy where one does not', async () => {
    expect(await desk.run(['plan', 'shop#1'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--stage: staging, production'),
    });
    const wrong = await desk.run(['plan', 'shop#1', '--stage', 'build']);
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('there are production, staging') });
    expect(await desk.run(['plan', 'kiosk', '--stage', 'production'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('kiosk has no release yet'),
    });
  });
});
