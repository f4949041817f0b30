import { describe, expect, it } from '@jest/globals';
import { foundationsOf, neededImages, reachedImages } from '../../domain/dockerfile.ts';
import { basesIn, originIn, printBase } from '../../domain/image-labels.ts';

describe('what a Dockerfile builds on', () => {
  it('is what its stages begin with and copy from, each once, and no stage of its own', () => {
    const text = [
      '# syntax=docker/dockerfile:1',
      'FROM --platform=linux/amd64 node:22 AS Build',
      'RUN echo FROM other:1',
      'COPY --from=tools.example.com/t:1 --chown=1 /a /b',
      'FROM node:22',
      'COPY --from=build /a /a',
      'COPY --from=0 /a /a',
      'ADD --chown=1 --from=tools.example.com/t:1 /c /c',
      'COPY  --chown=1   --link  --from=3scale:1 /d /d',
      'RUN COPY --from=no:1 /a /a',
    ].join('\n');
    expect(foundationsOf(text, {})).toStrictEqual({ images: ['node:22', 'tools.example.com/t:1', '3scale:1'], base: 'node:22' });
  });

  it('ends at the target, by name or number', () => {
    const text = 'FROM one AS a\nFROM two AS b\nCOPY --from=x:1 / /\nFROM three AS c\n';
    const spaced = foundationsOf('FROM --platform=linux/amd64  one  AS  a\nFROM two AS b', {}, 'a');
    expect(spaced).toEqual({ images: ['one'], base: 'one', basePlatform: 'linux/amd64' });
    expect(foundationsOf(text, {}, 'A')).toEqual({ images: ['one'], base: 'one' });
    expect(foundationsOf(text, {}, '1')).toEqual({ images: ['one', 'two', 'x:1'], base: 'two' });
    expect(foundationsOf(text, {}, 'c').base).toBe('three');
    expect(foundationsOf(text, {}, 'nowhere').images).toEqual(['one', 'two', 'x:1', 'three']);
  });

  it('is also what a step mounts from elsewhere, and no secret that it mounts', () => {
    const steps = [
      'FROM one AS a',
      'RUN --mount=type=secret,id=npmrc --mount=type=bind,from=tools:1,target=/t --mount=from=a,target=/a true',
      'RUN --mount=from=more:1,target=/m true',
      'CMD RUN --mount=from=no:1 true',
    ];
    expect(foundationsOf([...steps, 'COPY --mount=from=no /a /a', 'RUN echo --mount=type=bind,from=$X'].join('\n'), {}).images).toEqual([
      'one',
      'tools:1',
      'more:1',
    ]);
  });

  it('is found through stages that begin with others', () => {
    expect(foundationsOf('FROM base:1 AS a\nFROM a AS b\nFROM b\n', {})).toEqual({ images: ['base:1'], base: 'base:1' });
    expect(foundationsOf('FROM one AS a\nFROM two AS b\nFROM a\n', {})).toEqual({ images: ['one', 'two'], base: 'one' });
    expect(foundationsOf(`${'FROM one\n'.repeat(11)}COPY --from=10 / /`, {})).toEqual({ images: ['one'], base: 'one' });
    expect(foundationsOf('FROM node AS node\nFROM node\n', {})).toEqual({ images: ['node'], base: 'node' });
    expect(foundationsOf('FROM scratch\nCOPY . /\n', {})).toStrictEqual({ images: [] });
  });

  it.each([
    ['ARG V=22\nFROM node:$V', 'node:22'],
    ['ARG V="22"\nFROM node:${V}-slim', 'node:22-slim'],
    ['ARG V\nFROM node:${V:-20}', 'node:20'],
    ['ARG V=\nFROM node:${V-20}', 'node:'],
    ['ARG V=22\nFROM node${V:+:}${V}', 'node:22'],
    ['ARG R=ghcr.io\nARG I=${R}/acme/base\nFROM $I:1', 'ghcr.io/acme/base:1'],
    ['ARG V=22\nFROM node:${V:-20}', 'node:22'],
    ['ARG V=\nFROM node:${V:-20}', 'node:20'],
    ['FROM node:${V:-20}', 'node:20'],
    ['FROM node:${V-20}', 'node:20'],
    ['ARG V\nFROM node:${V-20}', 'node:20'],
    ['ARG V=22\nARG V\nFROM node:$V', 'node:22'],
    ['FROM node${V:+:}${V+:}', 'node'],
    ['ARG  V=22\nFROM node:$V', 'node:22'],
    ["ARG V=' 22 '\nFROM node:$V", 'node:22'],
    ['ARG NODE=22 VARIANT=slim\nFROM node:$NODE-$VARIANT', 'node:22-slim'],
    ['LABEL ARG V=1\nFROM node:${V:-20}', 'node:20'],
    ['FROM node:22\nRUN sql <<END\nSELECT a\nFROM users\nEND', 'node:22'],
    ['FROM \\\n  node:22 \\\n\n# it\n  AS build', 'node:22'],
    ['FROM no\\\nde:22', 'node:22'],
    ['from node:22 as build', 'node:22'],
  ])('has its arguments filled in: %j', (text, base) => {
    expect(foundationsOf(text, {}).base).toBe(base);
  });

  it('takes values that are given for arguments that there are', () => {
    const text = 'ARG V=22\nFROM node:$V\nARG W\nFROM x:$W\n';
    expect(foundationsOf(text, { V: '20', W: '1' })).toEqual({ images: ['node:20'] });
    expect(foundationsOf('ARG W\nFROM x:$W\n', { W: '1' })).toEqual({ images: ['x:1'], base: 'x:1' });
    expect(foundationsOf('ARG V=1\nARG V-2=3\nFROM x:$V', {}).base).toBe('x:1');
  });

  it('is nothing where it cannot be told', () => {
    expect(foundationsOf('FROM $NOTHING\nCOPY --from=$X / /\n', {})).toStrictEqual({ images: [] });
    expect(foundationsOf('FROM a AS b\nFROM $NOTHING\n', {})).toStrictEqual({ images: ['a'] });
    expect(foundationsOf('ARG V=\nFROM $V\n', {})).toStrictEqual({ images: [] });
    expect(foundationsOf('ARG V\nFROM node:$V\n', {})).toStrictEqual({ images: [] });
    expect(foundationsOf('FROM one two\n', {})).toStrictEqual({ images: [] });
    expect(foundationsOf('FRIM scratch\n', {})).toEqual({ images: [] });
    expect(foundationsOf('', {})).toEqual({ images: [] });
  });
});

describe('what an image says that it was made from', () => {
  it('is read as it was written, and is nothing where it is something else', () => {
    const bases = [{ name: 'node:22', digest: 'sha256:1' }, { name: 'local' }];
    expect(basesIn({ 'io.tidegate.bases': JSON.stringify([...bases, 7, null, {}, { name: 1 }]) })).toStrictEqual(bases);
    expect(basesIn({ 'io.tidegate.bases': '[{"name": "node:22", "digest": 7}]' })).toStrictEqual([{ name: 'node:22' }]);
    for (const text of ['', '{', '{}', 'null', '7']) expect(basesIn({ 'io.tidegate.bases': text })).toEqual([]);
    expect(basesIn({})).toEqual([]);
    expect([...bases, { name: 'a@sha256:1', digest: 'sha256:1' }].map(printBase)).toEqual(['node:22@sha256:1', 'local', 'a@sha256:1']);
  });
});

describe('the commit that an image says it was built from', () => {
  const COMMIT = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';
  const said = (source: string, revision = COMMIT) => ({
    'org.opencontainers.image.source': source,
    'org.opencontainers.image.revision': revision,
  });

  it.each([
    'https://github.com/acme/shop',
    'https://github.com/Acme/Shop.git',
    'https://github.com/acme/shop//',
    ' https://github.com/acme/shop ',
    'git@github.com:acme/shop.git',
    'ssh://git@github.com/acme/shop',
    'git+https://github.com/acme/shop#main',
  ])('counts where its source is ours, as %s', (source) => {
    expect(originIn(said(source), ['https://elsewhere.example/x', 'https://github.com/acme/shop.git'])).toBe(COMMIT);
  });

  it.each([
    ['https://github.com/acme/shop', 'https://github.com/acme/base'],
    ['https://github.com/acme/shop', 'https://github.com/acme/shop2'],
    ['https://github.com/acme/shop', 'https://gitlab.com/acme/shop'],
    ['https://github.com/acme/shop', '//github.com/acme/shop'],
    ['https://github.com/acme/shop', 'https://github.com/acme/shop\nmore'],
    ['https://github.com/acme/shop', 'shop'],
    ['https://github.com/acme/shop', ''],
    ['', ''],
    ['https://github.com/acme/shop.github.io', 'https://github.com/acme/shophub.io'],
    ['https://git.example:8443/acme/shop', 'https://git.example/acme/shop'],
    ['https://git.example:8443/acme/shop', 'https://git.example/8443/acme/shop'],
    ['/srv/git/shop', '/srv/git/base'],
    ['/srv/git/shop', 'shop'],
  ])('is unknown where %j is ours, and its source %j', (ours, source) => {
    expect(originIn(said(source), [ours])).toBeUndefined();
  });

  it.each(['https://git.example:8443/acme/shop', 'https://github.com/acme/shop.github.io', '/srv/git/shop'])('is one of %s', (ours) => {
    expect(originIn(said(`${ours}.git`), [ours])).toBe(COMMIT);
  });

  it('is unknown where it is none, and where nothing is said of it or its source', () => {
    const ours = 'https://github.com/acme/shop';
    for (const revision of ['main', `f${COMMIT}`, `${COMMIT}f`, COMMIT.toUpperCase()])
      expect(originIn(said(ours, revision), [ours])).toBeUndefined();
    expect(originIn({}, [ours])).toBeUndefined();
    expect(originIn({ 'org.opencontainers.image.revision': COMMIT }, [ours])).toBeUndefined();
    expect(originIn({ 'org.opencontainers.image.source': ours }, [ours])).toBeUndefined();
  });
});

describe('what a Dockerfile needs for which platform', () => {
  const automatic = { BUILDPLATFORM: 'linux/amd64', TARGETARCH: 'arm64' };

  it('is what a stage names for a platform of its own, and everything else for that of the build', () => {
    const text = [
      'FROM --platform=$BUILDPLATFORM node:22 AS tools',
      'FROM --platform=linux/arm64 --other=x node:22 AS arm',
      'FROM --platform=$UNKNOWN alpine:3 AS odd',
      'FROM --platform=amd64 alpine:3 AS short',
      'FROM node:22',
      'COPY --from=tools /a /a',
      'COPY --from=kit:1 /b /b',
      'RUN --mount=type=bind,from=kit:1,target=/kit true',
    ].join('\n');
    expect(neededImages(text, {}, undefined, automatic)).toEqual([
      { name: 'node:22', platform: 'linux/amd64' },
      { name: 'node:22', platform: 'linux/arm64' },
      { name: 'alpine:3' },
      { name: 'alpine:3', platform: 'linux/amd64' },
      { name: 'node:22' },
      { name: 'kit:1' },
    ]);
    expect(foundationsOf(text, {}, undefined, automatic).images).toEqual(['node:22', 'alpine:3', 'kit:1']);
  });

  it.each([
    ['linux/arm/v7', 'linux/arm/v7'],
    ['linux/arm/v7/x', undefined],
    ['linux/arm/', undefined],
    ['/linux/arm', undefined],
    ['linux', undefined],
  ])('is for the platform %s as far as that is one: %s', (written, platform) => {
    const needed = neededImages(`FROM --platform=${written} node:22`, {});
    expect(needed).toStrictEqual([{ name: 'node:22', ...(platform !== undefined && { platform }) }]);
  });

  it('is, for BuildKit, what the target takes something from, through other stages or not', () => {
    const text = [
      'FROM one AS base-amd64',
      'FROM two AS base-arm64',
      'COPY --from=never:1 /a /a',
      'FROM three AS tools',
      'FROM tools AS made',
      'COPY --from=kit:1 /kit /kit',
      'FROM four',
      'RUN --mount=from=mounted:1,target=/m true',
      'FROM base-$TARGETARCH AS last',
      'COPY --from=made /a /a',
      'COPY --from=4 /b /b',
    ].join('\n');
    const names = (target: string | undefined, architecture: string) =>
      reachedImages(text, {}, target, { TARGETARCH: architecture }).map(({ name }) => name);
    expect(names(undefined, 'amd64')).toEqual(['one', 'three', 'kit:1', 'four', 'mounted:1']);
    expect(names(undefined, 'arm64')).toEqual(['two', 'never:1', 'three', 'kit:1', 'four', 'mounted:1']);
    expect(names('made', 'arm64')).toEqual(['three', 'kit:1']);
    expect(neededImages(text, {}, 'made', {}).map(({ name }) => name)).toEqual(['one', 'two', 'never:1', 'three', 'kit:1']);
  });

  it('says of what platform the base of the target is taken, where a FROM says so', () => {
    const of = (text: string, target?: string) => foundationsOf(text, {}, target, automatic).basePlatform;
    expect(of('FROM --platform=$BUILDPLATFORM node')).toBe('linux/amd64');
    expect(of('FROM --platform=x86_64 node AS a\nFROM a AS b\nFROM b')).toBe('linux/amd64');
    expect(of('FROM --platform=linux node')).toBe('linux/amd64');
    expect(of('FROM --platform=$BUILDPLATFORM node AS a\nFROM node\nCOPY --from=a / /')).toBeUndefined();
    expect(foundationsOf('FROM --platform=$BUILDPLATFORM scratch', {}, undefined, automatic)).toStrictEqual({ images: [] });
  });

  it('is filled in from what every build knows, where nobody gives it another value', () => {
    const text = 'FROM base-$TARGETARCH:1\n';
    expect(foundationsOf(text, {}, undefined, automatic)).toEqual({ images: ['base-arm64:1'], base: 'base-arm64:1' });
    expect(foundationsOf(text, { TARGETARCH: 'riscv64' }, undefined, automatic).images).toEqual(['base-riscv64:1']);
    expect(foundationsOf(`ARG TARGETARCH\n${text}`, {}, undefined, automatic).base).toBe('base-arm64:1');
    expect(foundationsOf(`ARG TARGETARCH=s390x\n${text}`, {}, undefined, automatic).base).toBe('base-s390x:1');
    expect(foundationsOf(text, {}).images).toEqual([]);
  });
});
