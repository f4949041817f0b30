import type { GitRef } from '../../domain/github/event.ts';
import type { ImageTemplates, Trigger } from '../../domain/triggers.ts';
import type { ToldImage } from '../inbox/image-wish.ts';
import type { Actors } from './actor.ts';

/** An event as it was read again: what a release of it would be of, and which triggers it is for. */
export interface Occasion {
  /** The triggers that can be for it. */
  readonly on: Trigger['on'];
  /** Undefined where images alone are told of. */
  readonly commit?: string;
  readonly ref?: GitRef;
  /** Who set it off, all of whom are the release's starters. GitHub may be asked. Throws NotThereYet. */
  actors(): Actors | Promise<Actors>;
  /** Images that were told of, by digest. */
  readonly image?: ToldImage;
  /** Component to image, as a dispatch asks for. */
  readonly images?: Readonly<Record<string, string>>;
  /** This application alone. */
  readonly application?: string;
  /** Why nothing can be released of it, where a trigger is for it. */
  readonly fault?: string;
  /** Where only the newest commit of a branch counts. */
  readonly place?: string;
  /** Why a trigger of its kind is not for it; undefined where it is. Asks GitHub where the trigger needs more than is known. */
  objection(trigger: Trigger): Promise<string | undefined> | string | undefined;
}

/** What a trigger adds to the release. */
export function templatesOf(trigger: Trigger): ImageTemplates | undefined {
  return 'images' in trigger ? trigger.images : undefined;
}
