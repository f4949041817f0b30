/** Somewhere outside of the database where the newest checkpoint is kept for others to see. */
export interface CheckpointPlace {
  /** As messages name it. */
  readonly name: string;
  /** Puts the note there in place of the one before, where it `replaces` that: another process may have been there first. The same again changes nothing. */
  publish(note: string, replaces?: (there: string) => boolean): Promise<void>;
  /** What is there; undefined where nothing is, or where a place cannot be read. */
  read(): Promise<string | undefined>;
}
