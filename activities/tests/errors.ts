/** A container that the tests need beside them does not come up. Terminal. */
export class CompanionFailed extends Error {
  override readonly name = 'CompanionFailed';

  constructor(companion: string, stage: string, seen: string, output: string) {
    super(`Companion ${companion} of stage ${stage} ${seen}. Correct it in the pipeline${output === '' ? '' : `. It printed:\n${output}`}`);
  }
}

/** A test stage names a component that the release has no image of. Terminal. */
export class ComponentWithoutImage extends Error {
  override readonly name = 'ComponentWithoutImage';

  constructor(component: string, stage: string, known: readonly string[]) {
    super(`Stage ${stage} runs component ${component}, and the release has no image of it. It has: ${known.join(', ') || 'none'}`);
  }
}

/** A companion's reference points at nothing. Terminal. */
export class CompanionNotFound extends Error {
  override readonly name = 'CompanionNotFound';

  constructor(companion: string, stage: string, reference: string) {
    super(`Companion ${companion} of stage ${stage} runs ${reference}, and its registry holds no such image. Push it, or name another`);
  }
}
