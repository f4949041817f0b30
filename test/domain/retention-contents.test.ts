import { describe, expect, it } from '@jest/globals';
import type { Digest } from '../../domain/digest.ts';
import {
  childrenOf,
  digestOf,
  type RepositoryContents,
  subjectOf,
  subjectOfTag,
  withoutManifest,
  withoutTag,
} from '../../domain/retention-contents.ts';
import { graphOf, leadsFirst, reachedFrom } from '../../domain/retention-graph.ts';
import { digestNumber } from './arbitraries.ts';

const one = digestNumber(1);
const two = digestNumber(2);
const three = digestNumber(3);
const four = digestNumber(4);
const attachedTo = (digest: string) => digest.replace(':', '-');
const tag = (name: string, digest: Digest) => ({ kind: 'naming', name, digest }) as const;
const image = (digest: Digest, subject?: Digest) => ({ kind: 'image', digest, ...(subject !== undefined && { subject }) }) as const;
const index = (digest: Digest, ...children: Digest[]) => ({ kind: 'index', digest, children }) as const;
const holding = (more: Partial<RepositoryContents>): RepositoryContents => ({
  repository: 'r',
  tags: [],
  manifests: [],
  departed: [],
  ...more,
});

describe('a tag', () => {
  it('belongs to an image by its name, as referrers and signatures do, and to none by a name that is only like it', () => {
    expect(subjectOfTag(attachedTo(one))).toBe(one);
    expect(subjectOfTag(`${attachedTo(one)}.sig`)).toBe(one);
    for (const name of [
      'latest',
      `x${attachedTo(one)}`,
      `${attachedTo(one)}0`,
      `${attachedTo(one)}.`,
      `${attachedTo(one)}.a b`,
      'sha256-abc',
    ])
      expect(subjectOfTag(name)).toBeUndefined();
  });

  it('names what it names, where anybody can tell', () => {
    expect(digestOf(tag('a', one))).toBe(one);
    expect(digestOf({ kind: 'empty', name: 'a', digest: one } as Parameters<typeof digestOf>[0])).toBeUndefined();
  });
});

describe('a manifest', () => {
  it('has parts where it is an index, and a subject where it says so', () => {
    expect(childrenOf(index(one, two, three))).toEqual([two, three]);
    expect(childrenOf(image(one))).toEqual([]);
    expect(subjectOf(image(one, two))).toBe(two);
    expect(subjectOf({ kind: 'outdated', digest: one })).toBeUndefined();
  });
});

describe('a repository', () => {
  const before = holding({
    tags: [tag('a', one), tag('b', two), { kind: 'empty', name: 'c' }],
    manifests: [image(one), image(two)],
    departed: [
      { digest: one, parts: [] },
      { digest: three, parts: [] },
    ],
  });

  it('remembers a manifest that it lost once, and has its tags no more', () => {
    const departed = { digest: one, parts: [{ digest: two, bond: 'child' as const }] };
    expect(withoutManifest(before, departed)).toEqual({
      repository: 'r',
      tags: [tag('b', two), { kind: 'empty', name: 'c' }],
      manifests: [image(two)],
      departed: [{ digest: three, parts: [] }, departed],
    });
  });

  it('loses a tag alone', () => {
    expect(withoutTag(before, 'a')).toEqual({ ...before, tags: [tag('b', two), { kind: 'empty', name: 'c' }] });
  });
});

describe('what goes with what', () => {
  it('is told from both sides, whether or not the first is still here', () => {
    const graph = graphOf(
      holding({
        tags: [tag(attachedTo(four), three)],
        manifests: [index(one, two, four), image(two), image(three, one)],
      }),
    );
    expect(graph.companionsOf(one)).toEqual([
      { digest: two, bond: 'child' },
      { digest: three, bond: 'referrer' },
    ]);
    expect(graph.companionsOf(four)).toEqual([{ digest: three, bond: 'attached' }]);
    expect(graph.leadsOf(three)).toEqual([
      { lead: four, bond: 'attached' },
      { lead: one, bond: 'referrer' },
    ]);
    expect([graph.companionsOf(two), graph.leadsOf(one), graph.tagsOf(one), graph.remainsOf(one)]).toEqual([[], [], [], []]);
    expect(graph.tagsOf(three)).toEqual([tag(attachedTo(four), three)]);
  });

  it('is never a manifest with itself', () => {
    const graph = graphOf(holding({ tags: [tag(attachedTo(one), one)], manifests: [index(one, one)] }));
    expect([graph.companionsOf(one), graph.leadsOf(one)]).toEqual([[], []]);
  });

  it('is remembered of what is gone, and told anew by what is here again', () => {
    const departed = [{ digest: one, parts: [{ digest: two, bond: 'child' as const }] }];
    const gone = graphOf(holding({ manifests: [image(two)], departed }));
    expect([gone.remainsOf(one), gone.companionsOf(one), gone.leadsOf(two)]).toEqual([
      [{ digest: two, bond: 'child' }],
      [],
      [{ lead: one, bond: 'child' }],
    ]);
    const again = graphOf(holding({ manifests: [image(one), image(two)], departed }));
    expect([again.remainsOf(one), again.leadsOf(two)]).toEqual([[], []]);
  });

  it('is reached from one to the next, through what is gone, and as what is here', () => {
    const graph = graphOf(
      holding({
        manifests: [index(two, three), image(three), image(four)],
        departed: [{ digest: one, parts: [{ digest: two, bond: 'child' }] }],
      }),
    );
    expect(reachedFrom(graph, [one])).toEqual(new Set([two, three]));
    expect(reachedFrom(graph, [])).toEqual(new Set());
  });
});

describe('the order of deletions', () => {
  it('has each before what goes with it, however they are named', () => {
    const graph = graphOf(holding({ manifests: [image(one), index(two, one), index(three, two, four), image(four)] }));
    expect(leadsFirst(graph, new Set([one, two, three, four]))).toEqual([three, two, four, one]);
    expect(leadsFirst(graph, new Set([one, two]))).toEqual([two, one]);
  });

  it('waits for the last of those that something goes with', () => {
    const graph = graphOf(holding({ manifests: [image(one), index(two, one), index(three, one, two)] }));
    expect(leadsFirst(graph, new Set([one, two, three]))).toEqual([three, two, one]);
  });

  it('has an index before its parts also where tags close a circle', () => {
    const graph = graphOf(holding({ tags: [tag(attachedTo(one), two)], manifests: [image(one), index(two, one)] }));
    const order = leadsFirst(graph, new Set([one, two]));
    expect(order).toEqual([two, one]);
    const tagsAlone = graphOf(
      holding({ tags: [tag(attachedTo(one), two), tag(attachedTo(two), one)], manifests: [image(two), image(one)] }),
    );
    expect(leadsFirst(tagsAlone, new Set([two, one]))).toEqual([one, two]);
  });
});
