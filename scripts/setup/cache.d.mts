export function cacheFolder(environment?: Readonly<Record<string, string | undefined>>, platform?: string, home?: string): string;
export function useCache(cache: string, checkout: string): void;
export function leaveCache(cache: string, checkout: string): boolean;
