import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReleaseStatus } from '../../domain/release.ts';
import { CompiledCli } from '../support/compiled-cli.ts';
import { emptyEnvironment } from '../support/fake-release-engine.ts';
import {
  BUSY_PRODUCTION,
  DOSSIER,
  goodRelease,
  INCOMPLETE,
  PASSED,
  ROLLED_BACK,
  shopRecord,
  shopStatus,
  WAITING,
} from '../support/shop.ts';
import { type Desk, openDesk } from './desk.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not be there
const ESCAPE = /\u001b/;

describe('status', () => {
  let cli: CompiledCli;
  let desk: Desk;
  const put = (status: ReleaseStatus) => {
    desk.api.register.put(status.release);
    desk.api.engine.put(status);
  };
  beforeAll(async () => {
    cli = await CompiledCli.compile();
    desk = await openDesk(cli);
    put(shopStatus(1, { build: PASSED, test: PASSED, staging: PASSED, production: PASSED }));
    put(shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: WAITING }));
    put({
      ...shopStatus(3, { build: PASSED, test: PASSED, staging: PASSED, production: ROLLED_BACK }),
      release: { ...shopRecord(3), kept: ['worker'] },
    });
    const nasty = {
      kind: 'failed',
      at: '',
      milliseconds: 1,
      reason: 'bell\u0007 red \u001b[31mherring \u001b]0;title\u0007 and \u202eesrever',
    } as const;
    put({
      ...shopStatus(4, { build: nasty, test: PASSED, staging: PASSED, production: PASSED }),
      release: { ...shopRecord(4), initiator: '\u009b2Jeve' },
    });
    desk.api.engine.environments.set('shop/production', BUSY_PRODUCTION);
  });
  afterAll(async () => {
    await desk.close();
    await cli.remove();
  });

  it('shows what each environment runs, changes and queues', async () => {
    const { exitCode, stdout } = await desk.run(['status']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/production {2}#1 for .* {2}web sha256:aaaaaaaaaaaa {2}worker sha256:bbbbbbbbbbbb/);
    expect(stdout).toContain('deploying #2, switching: 1 of 2 hosts switched');
    expect(stdout).toMatch(/#3 of bo waits for .*, behind #2/);
    expect(stdout).toContain('production rolled back');
    expect(stdout).toContain('kiosk');
  });

  it('shows hosts that were left out as drift', async () => {
    const behind = [{ host: 'p2', outcome: 'skipped', runs: 1, reason: 'web answered 503', since: '2026-03-02T09:50:00.000Z' }] as const;
    desk.api.engine.environments.set('shop/production', { ...BUSY_PRODUCTION, behind });
    const { stdout } = await desk.run(['status', 'shop']);
    desk.api.engine.environments.set('shop/production', BUSY_PRODUCTION);
    expect(stdout).toMatch(/drift: p2 still runs #1, skipped .* ago: web answered 503/);
  });

  it('shows one application alone', async () => {
    const { stdout } = await desk.run(['status', 'kiosk']);
    expect(stdout).toContain('kiosk');
    expect(stdout).not.toContain('shop');
  });

  it('refuses one that is not there', async () => {
    expect(await desk.run(['status', 'shoop'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('shop and kiosk') });
  });

  it('says why a gate is closed, who can open it, and what would change', async () => {
    const { exitCode, stdout } = await desk.run(['status', 'shop#2']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('approval: Waiting for 1 of 1 approval from mira or bo, until 2026-03-09 09:32 UTC');
    expect(stdout).toContain('plan plan-7');
    expect(stdout).toContain(
      'p1, p2  web     replace  #1 sha256:999999999999 -> #2 sha256:aaaaaaaaaaaa (image, memory, environment TOKEN)',
    );
    expect(stdout).toContain('tidegate plan shop#2 --stage production');
    expect(stdout).toContain('tidegate approve shop#2 --stage production');
  });

  it('says of a rollback what each host did, and does not end as success does', async () => {
    const { exitCode, stdout } = await desk.run(['status', 'shop', '3']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('rolled back  to #1: web on p1 never got healthy');
    expect(stdout).toMatch(/p1 {2}restored {3}web sha256:9+ {2}web serves release 1 again/);
    expect(stdout).toMatch(/p2 {2}untouched/);
  });

  it('says of which components nobody claims that their image is of the commit', async () => {
    const { stdout } = await desk.run(['status', 'shop#3']);
    expect(stdout).toMatch(/^ +worker .*sha256:\w+ +as before, not known to be of this commit$/m);
    expect(stdout).toMatch(/^ +web .*sha256:\w+$/m);
    expect((await desk.run(['status', 'shop#2'])).stdout).not.toContain('as before');
  });

  it('prints one JSON document with everything', async () => {
    const { stdout, stderr } = await desk.run(['status', '--json']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ environments: { length: 4 }, releases: [{ release: { number: 4 } }, {}, {}, {}] });
  });

  it('lists releases', async () => {
    const { stdout } = await desk.run(['release', 'list', 'shop', '--limit', '2']);
    expect(stdout).toContain('shop#3  rolled back');
    expect(stdout).toContain('more with --cursor');
    expect(stdout).not.toContain('shop#2');
    expect(JSON.parse((await desk.run(['release', 'list', '--json'])).stdout)).toMatchObject({ releases: { length: 4 } });
  });

  it('colours for people alone: never in a pipe, never with NO_COLOR, and with FORCE_COLOR', async () => {
    const coloured = (environment: Record<string, string>) => desk.run(['status', 'shop#3'], { environment });
    expect((await coloured({})).stdout).not.toMatch(ESCAPE);
    expect((await coloured({ NO_COLOR: '1' })).stdout).not.toMatch(ESCAPE);
    const { stdout } = await coloured({ FORCE_COLOR: '1' });
    expect(stdout).toContain('\u001b[31mrolled back\u001b[39m');
    expect(stdout).not.toContain('\u001b[32mrolled back');
  });

  it('lets nothing that the server says command the terminal', async () => {
    const { stdout } = await desk.run(['status', 'shop#4']);
    expect(stdout).toContain('bell red herring and esrever');
    expect(stdout).toContain('by eve');
    for (const command of ['\u001b', '\u0007', '\u009b', '\u202e']) expect(stdout).not.toContain(command);
  });

  it('warns of what went wrong after a deployment that succeeded', async () => {
    const warning = 'Tags were not set: no right to push';
    const outcome = { kind: 'succeeded', hosts: [] } as const;
    const last = {
      deployment: 'd/1',
      kind: 'promotion',
      release: 1,
      outcome,
      startedAt: '',
      endedAt: '',
      person: 'ana',
      reason: 'x',
      warning,
    } as const;
    desk.api.engine.environments.set('kiosk/production', { ...emptyEnvironment('kiosk', 'production'), current: goodRelease(1), last });
    const { exitCode, stdout } = await desk.run(['status', 'kiosk']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(warning);
    expect(stdout).not.toContain('last deployment');
  });

  // Last, as it adds a release.
  it('shows a release that left a host out, and what is known of the containers that went', async () => {
    put(shopStatus(5, { build: PASSED, test: PASSED, staging: PASSED, production: INCOMPLETE }));
    desk.api.dossiers.set(DOSSIER.id, {
      ...DOSSIER,
      containers: DOSSIER.containers.map((one) => ({ ...one, log: 'red \u001b[31mherring' })),
    });
    const status = await desk.run(['status', 'shop#5']);
    expect(status).toMatchObject({ exitCode: 6, stdout: expect.stringContaining("'tidegate dossier shop#5 --stage production'") });
    const shown = await desk.run(['dossier', 'shop#5', '--stage', 'production']);
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toMatch(/exited with exit code 137, out of memory, restarted 3 times/);
    expect(shown.stdout).toMatch(/health 2026-03-02 09:48 UTC: 1 no database/);
    expect(shown.stdout).toMatch(/\/health answered 503: not yet/);
    expect(shown.stdout).toContain('red herring');
    expect(shown.stdout).not.toMatch(ESCAPE);
    const json = await desk.run(['dossier', 'shop#5', '--stage', 'production', '--host', 'p2', '--json']);
    expect(JSON.parse(json.stdout).dossiers).toHaveLength(1);
    const none = await desk.run(['dossier', 'shop#5', '--stage', 'production', '--host', 'p1']);
    expect(none).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('No dossier is kept of production of shop#5 on p1') });
  });
});

describe('a release that never began', () => {
  let cli: CompiledCli;
  let desk: Desk;
  beforeAll(async () => {
    cli = await CompiledCli.compile();
    desk = await openDesk(cli);
    const passed = shopStatus(1, { build: PASSED, test: PASSED, staging: PASSED, production: PASSED });
    const fault = 'pipeline.yaml:3:1 stages: a cycle\npipeline.yaml:9:3 components: is missing';
    for (const status of [passed, { ...passed, release: shopRecord(2), stages: [], state: 'failed', fault } as const]) {
      desk.api.register.put(status.release);
      desk.api.engine.put(status);
    }
  });
  afterAll(async () => {
    await desk.close();
    await cli.remove();
  });

  it.each([['status'], ['release list']])('is failed in %s, which says why on its line', async (verb) => {
    const { exitCode, stdout } = await desk.run(verb.split(' '));
    expect(exitCode).toBe(0);
    const [line, ...others] = stdout.split('\n').filter((one) => one.includes('shop#2'));
    expect(line).toMatch(/shop#2 {2}failed .* could not begin: pipeline.yaml:3:1 stages: a cycle pipeline.yaml:9:3/);
    expect(others).toEqual([]);
    expect(stdout.split('\n').find((one) => one.includes('shop#1'))).not.toContain('could not begin');
  });

  it('is given its whole reason in JSON', async () => {
    const { stdout } = await desk.run(['release', 'list', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      releases: [{ number: 2, state: 'failed', fault: expect.stringContaining('9:3 components') }, { number: 1 }],
    });
  });
});
