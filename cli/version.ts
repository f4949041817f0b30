import manifest from '../package.json' with { type: 'json' };

/** Tidegate's version. */
export const VERSION: string = manifest.version;
