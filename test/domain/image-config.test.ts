import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NotAnImage, readImageConfig } from '../../domain/image-config.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const read = (value: unknown) => readImageConfig(JSON.stringify(value), 'shop/web');

describe("an image's configuration", () => {
  it('says for which machines the image is, and by what engines know its layers', () => {
    const config = { os: 'linux', architecture: 'arm', variant: 'v7', rootfs: { type: 'layers', diff_ids: [digest] } };
    expect(read(config)).toEqual({ platform: { os: 'linux', architecture: 'arm', variant: 'v7' }, diffIds: [digest] });
  });

  it('may say nothing of machines', () => {
    expect(read({ rootfs: { diff_ids: [] } })).toEqual({ diffIds: [] });
    for (const architecture of [['amd64'], '', 'amd64;', ' amd64', 'x'.repeat(65)])
      expect(read({ os: 'linux', architecture, rootfs: { diff_ids: [] } })).toEqual({ diffIds: [] });
    expect(read({ os: 'linux', architecture: 'x'.repeat(64), rootfs: { diff_ids: [] } })).toHaveProperty('platform');
  });

  it.each([
    [{}, 'names no layers'],
    [null, 'names no layers'],
    [{ rootfs: { diff_ids: 'sha256' } }, 'names no layers'],
    [{ rootfs: { diff_ids: ['sha512:00'] } }, 'something else than sha256'],
    [{ rootfs: { diff_ids: [7] } }, 'something else than sha256'],
  ])('that is %j is none of an image', (value, reason) => {
    expect(() => read(value)).toThrow(NotAnImage);
    expect(() => read(value)).toThrow(new RegExp(`shop/web.*${reason}`));
  });

  it('that is no JSON is none of an image', () => {
    const message = expect.stringMatching(/^Expected shop\/web to be an image .*, and its configuration is no JSON\./);
    expect(() => readImageConfig('{', 'shop/web')).toThrow(expect.objectContaining({ name: 'NotAnImage', message }));
  });

  it('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          readImageConfig(text, 'shop/web');
        } catch (error) {
          expect(error).toBeInstanceOf(NotAnImage);
        }
      }),
    );
  });
});
