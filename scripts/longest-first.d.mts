export const LONGEST: readonly string[];

export default class LongestFirst {
  constructor(options: object);
  sort<Test extends { readonly path: string }>(tests: readonly Test[]): Test[];
}
