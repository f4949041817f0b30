import { type Refusal, text } from './scalars.ts';

/** The fields of a schedule, with what each may hold (IEEE Std 1003.1, "crontab"). Names are left out: numbers do for all of them. */
const FIELDS = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of the month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12 },
  { name: 'day of the week', least: 0, most: 6 },
] as const;

const PART = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/;

/** A schedule of five fields, in UTC: `0 3 * * *` is every night at three. */
export const cron = () => text({ expected: 'a schedule of five fields', examples: ['0 3 * * *', '*/30 8-18 * * 1-5'], refuse: refuseCron });

function refuseCron(value: string): Refusal | undefined {
  const fields = value.trim().split(/ +/);
  if (fields.length !== FIELDS.length)
    return { message: `has ${fields.length} fields`, hint: 'write minute, hour, day of the month, month and day of the week: 0 3 * * *' };
  const wrong = FIELDS.find((field, index) => !fields[index]?.split(',').every((part) => fits(part, field)));
  if (wrong === undefined) return undefined;
  return { message: `its ${wrong.name} is none`, hint: `write *, or numbers from ${wrong.least} to ${wrong.most} as in 1,5 or 1-5 or */2` };
}

function fits(part: string, { least, most }: (typeof FIELDS)[number]): boolean {
  const [whole, from, to, step] = PART.exec(part) ?? [];
  const inRange = [from, to].every((number) => number === undefined || (Number(number) >= least && Number(number) <= most));
  return whole !== undefined && inRange && (to === undefined || Number(from) <= Number(to)) && step !== '0' && step !== '00';
}
