/** Longer than GitHub's own servers lag behind each other, in milliseconds: what is not there by then is gone. */
export const GITHUB_LAG_MS = 120_000;
