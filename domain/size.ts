const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

/** What `parseSize` takes, for schemas that editors read. */
export const SIZE = /^(\d{1,15})(B|kB|MB|GB|KiB|MiB|GiB)$/;

/** A whole number and a unit of IEC 80000-13 (`256MiB`) or of SI (`256MB`), in bytes; undefined for any other text. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit] = SIZE.exec(text) ?? [];
  const factor = unit === undefined ? undefined : UNITS[unit];
  if (digits === undefined || factor === undefined) return undefined;
  const bytes = Number(digits) * factor;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

const PRINTED = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes for people: three digits and a unit of SI. */
export function printSize(bytes: number): string {
  const exponent = Math.min(PRINTED.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1_000 ** exponent;
  return `${exponent === 0 || value >= 100 ? Math.round(value) : value.toPrecision(value >= 10 ? 3 : 2)} ${PRINTED[exponent]}`;
}

/** The shortest text that `parseSize` reads as these bytes, in units of IEC 80000-13. */
export function printExactSize(bytes: number): string {
  const units = ['GiB', 'MiB', 'KiB'] as const;
  const unit = bytes === 0 ? undefined : units.find((candidate) => bytes % (UNITS[candidate] ?? 1) === 0);
  return unit === undefined ? `${bytes}B` : `${bytes / (UNITS[unit] ?? 1)}${unit}`;
}
