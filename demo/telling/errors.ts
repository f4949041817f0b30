/** Asked to stop while the story went on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(readonly signal: NodeJS.Signals) {
    super(`Interrupted by ${signal}`);
  }
}

/** A command of the story ended otherwise than the story needs. */
export class CommandUnexpected extends Error {
  override readonly name = 'CommandUnexpected';

  constructor(
    readonly command: string,
    readonly output: string,
    expected: string,
    seen: string,
  ) {
    super(`Expected '${command}' to end with ${expected}, and it ${seen}`);
  }
}

/** The story came to its end, and what was seen is not what it promises. */
export class StoryUntrue extends Error {
  override readonly name = 'StoryUntrue';

  constructor(readonly faults: readonly string[]) {
    super(`Expected the story to come true, and it did not:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

/** Something that the demo needs is not as it must be. */
export class DemoRefused extends Error {
  override readonly name = 'DemoRefused';
}
