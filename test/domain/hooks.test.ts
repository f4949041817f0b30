import { describe, expect, it } from '@jest/globals';
import { backupTask, type Hook, hookTask, switchSteps, takenNames } from '../../domain/hooks.ts';
import { deployable, digestNumber } from './arbitraries.ts';

const hook = (...command: string[]): Hook => ({ command, environment: { A: 'a' }, timeoutMs: 5 });
const web = deployable('web', digestNumber(1));
const hooks = { 'before-switch': hook('warm', 'up'), 'after-switch': hook('tell', 'all'), 'on-rollback': hook('cool', 'down') };
const backup = { ...hook('dump', '-a'), isStopped: true };
const job = (what: string, command: readonly string[]) => ({
  name: `web-${what}`,
  component: 'web',
  when: 'on-host',
  command,
  environment: { A: 'a' },
  timeoutMs: 5,
});

describe('what is done around a switch', () => {
  it('is nothing where nobody asks for anything', () => {
    expect(switchSteps(web)).toEqual([]);
  });

  it('is said in its order', () => {
    const drain = { signal: 'SIGUSR1', until: 'exit', timeoutMs: 1_000 } as const;
    expect(switchSteps({ ...web, hooks, isStateful: true, backup: { ...backup, restore: ['load'] }, run: { ...web.run, drain } })).toEqual([
      'runs before the switch: warm up',
      'is saved while it is stopped: dump -a',
      'stops before its new version starts: nobody is answered meanwhile',
      'runs after the switch: tell all',
      'runs on the way back: cool down',
      'drains when it goes: SIGUSR1 until it ends by itself, for at most 1s',
    ]);
  });

  it('says that nothing brings back what is saved, where that is so', () => {
    expect(switchSteps({ ...web, backup: { ...backup, isStopped: false } })).toEqual([
      'is saved before it stops: dump -a, and nothing brings it back',
    ]);
  });

  it('is a hand-over where the version before was a single writer', () => {
    const gap = ['stops before its new version starts: nobody is answered meanwhile'];
    expect(switchSteps(web, true)).toEqual(gap);
    expect(switchSteps({ ...web, isStateful: true })).toEqual(gap);
  });
});

describe('a hook', () => {
  it('is run as a job of its component on each host, under a name of its own', () => {
    expect(hookTask({ ...web, hooks }, 7, 'after-switch')).toStrictEqual({
      job: job('after-switch', ['tell', 'all']),
      component: { ...web, hooks },
      release: 7,
      direction: 'up',
    });
    expect(hookTask({ ...web, hooks: {} }, 7, 'after-switch')).toBeUndefined();
    expect(hookTask(web, 7, 'after-switch')).toBeUndefined();
  });
});

describe('a backup', () => {
  const keeping = { ...web, backup: { ...backup, restore: ['load'] } };

  it('is made, and brought back where there is something for it', () => {
    const made = { ...job('backup', ['dump', '-a']), down: ['load'] };
    expect(backupTask(keeping, 7, 'up')).toStrictEqual({ job: made, component: keeping, release: 7, direction: 'up' });
    expect(backupTask(keeping, 7, 'down')).toStrictEqual({ job: made, component: keeping, release: 7, direction: 'down' });
  });

  it('is not brought back where nothing does that, and not made where nobody asks for it', () => {
    expect(backupTask({ ...web, backup }, 7, 'down')).toBeUndefined();
    expect(backupTask({ ...web, backup }, 7, 'up')?.job).toStrictEqual(job('backup', ['dump', '-a']));
    expect(backupTask(web, 7, 'up')).toBeUndefined();
  });
});

describe('the names that no job may have', () => {
  it('are those of what is done around a switch', () => {
    expect([...takenNames({ name: 'web', hooks: { 'on-rollback': hook('x') }, backup })]).toEqual([
      ['web-on-rollback', 'the hook on-rollback of component web'],
      ['web-backup', 'the backup of component web'],
    ]);
    expect([...takenNames({ name: 'web' })]).toEqual([]);
  });
});
