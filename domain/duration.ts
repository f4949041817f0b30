const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type Unit = keyof typeof UNITS;

/** What `parseDuration` takes, for schemas that editors read. */
export const DURATION = /^(\d{1,15})(ms|s|m|h|d)$/;

/** A whole number and one unit, `500ms`, `30s`, `5m`, `12h`, `7d`, in milliseconds; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = DURATION.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const milliseconds = Number(digits) * UNITS[unit as Unit];
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/** The shortest text that `parseDuration` reads as these milliseconds. */
export function printDuration(milliseconds: number): string {
  const units = (Object.keys(UNITS) as Unit[]).reverse();
  const unit = milliseconds === 0 ? 's' : (units.find((candidate) => milliseconds % UNITS[candidate] === 0) ?? 'ms');
  return `${milliseconds / UNITS[unit]}${unit}`;
}
