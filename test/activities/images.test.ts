import { afterEach, describe, expect, it } from '@jest/globals';
import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { BuildFailed } from '../../activities/images/errors.ts';
import { type BuildOptions, type BuildRequest, createImageActivities, type ImageBuilder } from '../../activities/images.ts';
import { parseDigest } from '../../domain/digest.ts';
import { until } from '../../lab/until.ts';

const image = { repository: '127.0.0.1:5000/shop/web', digest: parseDigest(`sha256:${'a'.repeat(64)}`) };
const request: BuildRequest = {
  application: 'shop',
  release: 3,
  commit: 'c'.repeat(40),
  component: 'web',
  repository: image.repository,
  source: { kind: 'build', context: '.', dockerfile: 'Dockerfile', arguments: {}, timeoutMs: 1000 },
};

let finish: () => void = () => undefined;

afterEach(() => finish());

/** Keeps what it was asked and builds until it is told to finish, or until its signal. */
class SlowBuilder implements ImageBuilder {
  readonly asked: BuildRequest[] = [];
  options: BuildOptions | undefined;

  build(asked: BuildRequest, options: BuildOptions) {
    this.asked.push(asked);
    this.options = options;
    return new Promise<typeof image>((resolve, reject) => {
      finish = () => resolve(image);
      options.signal.addEventListener('abort', () => reject(options.signal.reason));
    });
  }
}

function start(builder: ImageBuilder, said: readonly Record<string, string>[] = []) {
  const environment = new MockActivityEnvironment();
  const beats: unknown[] = [];
  const labels = { labels: async () => said[0], labelsOfEach: async () => said };
  environment.on('heartbeat', (detail: unknown) => beats.push(detail));
  return {
    environment,
    beats,
    built: environment.run(createImageActivities({ builder, labels }).buildComponent, request),
  };
}

describe('buildComponent', () => {
  it('asks for exactly what it was asked, and returns the image', async () => {
    const builder = new SlowBuilder();
    const { built } = start(builder);
    finish();
    expect(await built).toEqual({ image });
    expect(builder.asked).toEqual([request]);
  });

  it('tells what the image says that it was made from, whoever built it', async () => {
    const bases = [{ name: 'node:22', digest: image.digest }];
    const { built } = start(new SlowBuilder(), [{ 'io.tidegate.bases': JSON.stringify(bases) }]);
    finish();
    expect(await built).toEqual({ image, bases });
  });

  it('tells of every platform what its image was made from, each once', async () => {
    const [common, own] = [{ name: 'node:22', digest: image.digest }, { name: 'node-arm64:22' }];
    const labels = [[common], [common, own]].map((bases) => ({ 'io.tidegate.bases': JSON.stringify(bases) }));
    const { built } = start(new SlowBuilder(), labels);
    finish();
    expect(await built).toEqual({ image, bases: [common, own] });
  });

  it('beats at once and then with the build’s last line, cut short', async () => {
    const builder = new SlowBuilder();
    const { built, beats } = start(builder);
    expect(beats).toHaveLength(1);
    builder.options?.onProgress('Step 1/9');
    builder.options?.onProgress(`Step 2/9 ${'x'.repeat(1000)}`);
    await until('a beat with the last line', 60_000, async () => beats.some((beat) => String(beat).startsWith('Step 2/9')));
    expect(beats.every((beat) => String(beat).length <= 200)).toBe(true);
    expect(beats).not.toContain('Step 1/9');
    finish();
    await built;
    const after = beats.length;
    builder.options?.onProgress('too late');
    expect(beats).toHaveLength(after);
  });

  it('hands cancellation to the builder', async () => {
    const builder = new SlowBuilder();
    const { environment, built } = start(builder);
    const cancelled = expect(built).rejects.toBeInstanceOf(CancelledFailure);
    environment.cancel();
    await cancelled;
    expect(builder.options?.signal.aborted).toBe(true);
  });

  it('lets the builder’s failure rise as it is', async () => {
    const failure = new BuildFailed('web', request.commit, 'no Dockerfile');
    const { built } = start({ build: () => Promise.reject(failure) });
    await expect(built).rejects.toBe(failure);
  });
});
