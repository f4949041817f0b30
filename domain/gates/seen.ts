import type { GateSubject } from './votes.ts';

type Seen = Pick<GateSubject, 'planHash' | 'policyRevision'>;

/** Letters of each hash that people copy: nobody finds another plan, or other rules, of the same in a lifetime. */
const SHOWN = 12;
/** Fewer could be another's. */
const SHORTEST = 8;

/**
 * What somebody who looks at a stage that waits sees of it, in a word to be copied: the beginning of its plan's hash and of its rules', as in
 * `3f9a2c1b77aa.5e6f7a8b9c0d`. The rules of a stage can be of two hashes.
 */
export function seenWord({ planHash, policyRevision }: Seen): string {
  return `${planWord(planHash)}.${hashesOf(policyRevision).map(planWord).join('+')}`;
}

/** The beginning of a plan's hash, as people are shown it. */
export function planWord(hash: string): string {
  return withoutAlgorithm(hash).slice(0, SHOWN);
}

/** What is another one by now than the word says, or was left out of it: the plan first; undefined where both are the same. */
export function differsFrom(word: string, { planHash, policyRevision }: Seen): 'plan' | 'rules' | undefined {
  const [plan = '', rules = '', ...more] = word.split('.');
  // What nobody was shown is not what somebody saw.
  if (more.length > 0 || !isBeginning(plan, planHash)) return 'plan';
  const [said, hashes] = [hashesOf(rules), hashesOf(policyRevision)];
  return said.length === hashes.length && hashes.every((hash, index) => isBeginning(said[index] ?? '', hash)) ? undefined : 'rules';
}

function isBeginning(word: string, hash: string): boolean {
  const letters = withoutAlgorithm(word);
  return letters.length >= Math.min(SHORTEST, withoutAlgorithm(hash).length) && withoutAlgorithm(hash).startsWith(letters);
}

function hashesOf(revision: string): readonly string[] {
  return revision.split('+');
}

/** All hashes begin with `sha256:`, which tells nothing apart. */
function withoutAlgorithm(hash: string): string {
  return hash.replace(/^sha256:/, '');
}
