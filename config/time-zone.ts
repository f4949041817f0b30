import type { ZoneOffset } from '../domain/zoned-time.ts';

const NAME = /^(?:UTC|[A-Za-z]+(?:\/[A-Za-z0-9_+-]+)+)$/;

/** Whether this is a zone of the IANA time zone database, as far as this machine's Node.js knows it. */
export function isTimeZone(name: string): boolean {
  if (!NAME.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    // Intl has no other way of asking.
    return false;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const parts = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
  const format = new Intl.DateTimeFormat('en-US', { ...parts, era: 'short', hourCycle: 'h23', timeZone: zone });
  formats.set(zone, format);
  return format;
}

/** How far a zone's clocks are ahead of UTC. Throws RangeError for what is no zone. */
export function zoneOffset(zone: string): ZoneOffset {
  const format = formatOf(zone);
  return (instant) => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return shown - Math.floor(instant / 1_000) * 1_000;
  };
}
