import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Change, type Entry, withChanges } from '../../../adapters/registry/fallback-changes.ts';
import { OCI_MANIFEST } from '../../../domain/oci-manifest.ts';
import { digestOf } from './content.ts';

const listed = (name: string) => ({ mediaType: OCI_MANIFEST, digest: digestOf(name), size: 1 });
const name = fc.constantFrom('a', 'b', 'c', 'd');
const entries = fc.uniqueArray(name).map((names): readonly Entry[] => names.map(listed));
const change = fc.tuple(name, fc.boolean()).map(([of, isIn]): Change => ({ digest: digestOf(of), listed: isIn ? listed(of) : undefined }));

it('changes of a list of referrers are all made, each digest once, and nothing else is touched', () => {
  fc.assert(
    fc.property(entries, fc.array(change), (before, changes) => {
      const after = withChanges(before, changes) ?? before;
      const digests = after.map(({ digest }) => digest);
      expect(new Set(digests).size).toBe(digests.length);
      for (const { digest } of changes)
        expect(digests.includes(digest)).toBe(changes.findLast((last) => last.digest === digest)?.listed !== undefined);
      const untouched = before.filter(({ digest }) => changes.every((made) => made.digest !== digest));
      expect(after).toEqual(expect.arrayContaining([...untouched]));
      expect(withChanges(after, changes)).toBeUndefined();
    }),
  );
});
