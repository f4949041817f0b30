import { styleText } from 'node:util';
import type { ReleaseState, StageState } from '../../domain/release.ts';

export type Tone = 'good' | 'bad' | 'busy' | 'waits' | 'quiet' | 'strong';
export type Style = (tone: Tone, text: string) => string;

const FORMATS = { good: 'green', bad: 'red', busy: 'cyan', waits: 'yellow', quiet: 'gray', strong: 'bold' } as const;

/** Styles text, or leaves it as it is. Whether colour is wanted is decided once, by the terminal. */
export function styleFor(colour: boolean): Style {
  if (!colour) return (_tone, text) => text;
  return (tone, text) => styleText(FORMATS[tone], text, { validateStream: false });
}

const TONES: Readonly<Record<StageState['kind'] | ReleaseState, Tone>> = {
  pending: 'quiet',
  skipped: 'quiet',
  waiting: 'waits',
  queued: 'waits',
  running: 'busy',
  passed: 'good',
  promoted: 'good',
  incomplete: 'bad',
  failed: 'bad',
  'rolled-back': 'bad',
  rejected: 'bad',
  expired: 'bad',
  superseded: 'bad',
  cancelled: 'bad',
};

/** The tone of a stage's or a release's state; a rollback is never good news. */
export function toneOf(state: StageState['kind'] | ReleaseState): Tone {
  return TONES[state];
}

/** A state as people read it. */
export function wordFor(state: StageState['kind'] | ReleaseState): string {
  return state.replaceAll('-', ' ');
}
