import { z } from 'zod';
import type { HostCount } from '../domain/pipeline.ts';
import { text } from './scalars.ts';

const SHARE = /^(100|[1-9]?[0-9])%$/;

/** Hosts as a number, or as a share of the environment's such as `25%`. */
export const hostCount = (least: 0 | 1) =>
  z.union([z.number().int().min(least).max(10_000), share(least)], {
    error: "expected a number of hosts, or a share of them such as '25%'",
  }) as z.ZodType<HostCount, number | string>;

const share = (least: 0 | 1) =>
  text({
    expected: "a share of the hosts such as '25%'",
    examples: ['25%'],
    pattern: SHARE,
    refuse: (value) =>
      SHARE.test(value) && Number.parseInt(value, 10) >= least
        ? undefined
        : { message: 'is no share of the hosts', hint: `write a whole number and %, ${least}% to 100%: 25%` },
  }).transform((value) => ({ percent: Number.parseInt(value, 10) }));

/** The name of a host's label. */
export const label = () =>
  text({ expected: 'the name of a label', examples: ['zone'], refuse: (value) => (value === '' ? { message: 'is empty' } : undefined) });
