import { describe, expect, it } from '@jest/globals';
import type { InstallationInvalid } from '../../config/errors.ts';
import type { Installation } from '../../config/installation.ts';
import { parseInstallation } from '../../config/installation-file.ts';
import { SMALL_INSTALLATION } from './documents.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

function withRetention(text: string): Installation {
  return parseInstallation(
    `${SMALL_INSTALLATION}retention:\n${text.replace(/^/gm, '  ')}\n`,
    '/etc/tidegate/tidegate.yaml',
    'tidegate.yaml',
  );
}

function problemsOf(text: string): string {
  try {
    withRetention(text);
  } catch (error) {
    return (error as InstallationInvalid).message;
  }
  throw new Error('nothing was refused');
}

describe('retention in tidegate.yaml', () => {
  it('is nothing, by hand alone, where it is left out: nothing is ever deleted', () => {
    expect(parseInstallation(SMALL_INSTALLATION, '/t.yaml').retention).toEqual({ rules: [], holds: [] });
  });

  it('has a schedule, rules for repositories, and holds', () => {
    const installation = withRetention(`schedule: "0 3 * * *"
repositories:
  - match: "10.0.0.1:5000/shop/*"
    keep: { releases: 10, days: 30, tags: [latest, "v*"] }
  - match: "10.0.0.1:5000/**"
    keep: { days: 90 }
hold: ["10.0.0.1:5000/shop/web@${DIGEST}", "10.0.0.1:5000/shop/web:audit"]`);
    expect(installation.retention).toEqual({
      schedule: '0 3 * * *',
      rules: [
        { match: '10.0.0.1:5000/shop/*', keep: { releases: 10, days: 30, tags: ['latest', 'v*'] } },
        { match: '10.0.0.1:5000/**', keep: { days: 90, tags: [] } },
      ],
      holds: [
        { kind: 'digest', repository: '10.0.0.1:5000/shop/web', digest: DIGEST },
        { kind: 'tag', repository: '10.0.0.1:5000/shop/web', tag: 'audit' },
      ],
    });
  });

  it.each(['* * * * *', '*/5 0-6 1,15 1-12/2 0', '59 23 31 12 6'])('takes the schedule %s', (schedule) => {
    expect(
      withRetention(`{ schedule: "${schedule}", repositories: [{ match: "10.0.0.1:5000/a", keep: { days: 1 } }] }`).retention.schedule,
    ).toBe(schedule);
  });

  it.each([
    ['schedule: "@daily"', 'retention.schedule: has 1 fields'],
    ['schedule: "0 3 * * * *"', 'retention.schedule: has 6 fields'],
    ['schedule: "60 3 * * *"', 'its minute is none'],
    ['schedule: "0 24 * * *"', 'its hour is none'],
    ['schedule: "0 3 0 * *"', 'its day of the month is none'],
    ['schedule: "0 3 * 13 *"', 'its month is none'],
    ['schedule: "0 3 * * mon"', 'its day of the week is none'],
    ['schedule: "0 9-5 * * *"', 'its hour is none'],
    ['schedule: "*/0 3 * * *"', 'its minute is none'],
    ['schedule: "0 3 * * *"', 'retention.schedule: does nothing without rules'],
    ['repositories: [{ match: "10.0.0.1:5000/shop/*", keep: {} }]', 'retention.repositories[0].keep: keeps nothing'],
    ['repositories: [{ match: "10.0.0.1:5000/shop/*", keep: { tags: [] } }]', 'keeps nothing'],
    ['repositories: [{ match: "10.0.0.1:5000/shop/*", keep: { releases: 0 } }]', 'expected at least 1, saw 0'],
    ['repositories: [{ match: "10.0.0.1:5000/shop/*", keep: { days: 1.5 } }]', 'expected a whole number'],
    ['repositories: [{ match: "10.0.0.1:5000/shop/*", keep: { last: 5 } }]', 'unknown key'],
    ['repositories: [{ match: "shop/*", keep: { days: 5 } }]', 'retention.repositories[0].match: no registry has the address shop'],
    ['repositories: [{ match: "10.0.0.1:500/shop/*", keep: { days: 5 } }]', 'hint: did you mean 10.0.0.1:5000?'],
    ['repositories: [{ match: "*/shop", keep: { days: 5 } }]', 'is no pattern of repositories'],
    ['repositories: [{ match: "10.0.0.1:5000", keep: { days: 5 } }]', 'is no pattern of repositories'],
    ['repositories: [{ match: "10.0.0.1:5000/**/web", keep: { days: 5 } }]', 'is no pattern of repositories'],
    ['repositories: [{ match: "10.0.0.1:5000/shop:v1", keep: { days: 5 } }]', 'is no pattern of repositories'],
    ['repositories: [{ match: "10.0.0.1:5000/a", keep: { tags: ["v[0-9]"] } }]', 'is no pattern of tags'],
    ['hold: ["10.0.0.1:5000/shop/web"]', 'is no image with a tag or a digest'],
    ['hold: ["10.0.0.1:5000/shop/web@sha256:abc"]', 'is no image with a tag or a digest'],
    ['hold: ["shop/web:v1"]', 'is no image with a tag or a digest'],
    ['hold: ["10.0.0.2:5000/shop/web:v1"]', 'retention.hold[0]: no registry has the address 10.0.0.2:5000'],
  ])('refuses %s', (text, reason) => {
    expect(problemsOf(text)).toContain(reason);
  });
});
