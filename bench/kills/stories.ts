import { STRATEGIES } from '../site/strategies.ts';

export interface Story {
  readonly name: string;
  readonly strategy: object;
  readonly isFaulty?: boolean;
  readonly ends: 'promoted' | 'rolled-back';
  /** The old version stops before the new one starts: some requests find neither. */
  readonly hasGap?: boolean;
}

/** What the others replace. */
export const FIRST: Story = { name: 'rolling', strategy: STRATEGIES.rolling, ends: 'promoted' };

const STORIES: readonly Story[] = [
  FIRST,
  { name: 'rolling, and back', strategy: STRATEGIES.rolling, isFaulty: true, ends: 'rolled-back' },
  { name: 'blueGreen', strategy: STRATEGIES.blueGreen, ends: 'promoted' },
  { name: 'canary', strategy: STRATEGIES.canary, ends: 'promoted' },
  { name: 'recreate', strategy: STRATEGIES.recreate, ends: 'promoted', hasGap: true },
];

const KILLED = ['worker', 'server', 'engine'] as const;
export type Killed = (typeof KILLED)[number];

/** Throws Error where there is no such story, or nothing of that name is killed. */
export function chosenBy(only: string | undefined): { readonly stories: readonly Story[]; readonly killed: readonly Killed[] } {
  if (only === undefined) return { stories: STORIES, killed: KILLED };
  const [wanted, part] = only.split('/');
  const stories = STORIES.filter(({ name }) => name === wanted);
  const killed = KILLED.filter((name) => part === undefined || name === part);
  if (stories.length > 0 && killed.length > 0) return { stories, killed };
  const names = STORIES.map(({ name }) => name).join('; ');
  throw new Error(`There is no story ${only}; there are ${names}, and of each ${KILLED.map((name) => `/${name}`).join(', ')}`);
}

/** A step that fails by itself has no answer that could be lost. */
export function isAnswered({ isFaulty = false }: Story, activity: string): boolean {
  return !(isFaulty && activity.includes('switchHost'));
}

/** Of each story, when it is quick. */
const QUICK_ACTIVITIES = 2;

/** Other activities on other days, so that a few days see all of them. */
export function sampled(activities: readonly string[]): readonly string[] {
  const stride = Math.max(1, Math.ceil(activities.length / QUICK_ACTIVITIES));
  const day = Math.floor(Date.now() / 86_400_000);
  return activities.filter((_, index) => index % stride === day % stride);
}
