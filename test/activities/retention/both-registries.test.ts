import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../../../lab/command.ts';
import { eachRegistry } from '../../support/registry-tools.ts';
import { RetentionLab } from '../../support/retention-lab.ts';

describe.each(eachRegistry())('at $title', ({ title, program }) => {
  let lab: RetentionLab;
  beforeAll(async () => {
    lab = await RetentionLab.start(program);
  });
  afterAll(() => lab.stop());

  it('deletes an old index with its own platform and its signature, and a tag alone where the registry can', async () => {
    const repository = lab.repository({ days: 30, tags: ['stable'] });
    const [shared, own] = [await repository.image('shared', 90), await repository.image('own', 90)];
    const stable = await repository.pusher.index([shared], 'stable');
    const old = await repository.pusher.index([shared, own], 'old');
    await repository.tag('another-name', stable);
    const signature = await repository.pusher.referrer(old, 'application/vnd.example.signature', 'signed');

    const ownBytes = await repository.pusher.read(own.digest);

    const { counts } = await repository.apply();
    const canDeleteTags = title === 'distribution 3';
    // The old index, its platform, its signature and the list of that; and the other name.
    expect(counts).toEqual(canDeleteTags ? { kept: 2, deleted: 5, stays: 0 } : { kept: 2, deleted: 4, stays: 1 });
    expect(await repository.tags()).toEqual(canDeleteTags ? ['stable'] : ['another-name', 'stable']);
    expect(await repository.manifests()).toEqual(new Set([shared, stable].map(({ digest }) => digest)));
    expect(await repository.pusher.read(signature.digest)).toBeUndefined();
    expect(await repository.broken()).toEqual([]);
    expect((await repository.apply()).counts.deleted).toBe(0);

    // As docs/operating.md has it: the space comes back, and nothing that was kept goes with it.
    const config = (JSON.parse(String(ownBytes)) as { config: { digest: string } }).config.digest;
    expect(await blobStatus(repository.path, config)).toBe(200);
    await runCommand(program ?? 'docker-registry', ['garbage-collect', lab.registry.configuration]);
    await lab.registry.registry.restart();
    expect(await blobStatus(repository.path, config)).toBe(404);
    expect(await repository.broken()).toEqual([]);
  });

  async function blobStatus(path: string, digest: string): Promise<number> {
    const response = await fetch(`http://${lab.registry.registry.address}/v2/${path}/blobs/${digest}`, { method: 'HEAD' });
    return response.status;
  }
});
