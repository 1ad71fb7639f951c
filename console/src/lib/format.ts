// How values are written for people. Pure; the language is given.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `31.4 MiB`. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${UNITS[unit]}`;
}

/** `12,345`. */
export function count(value: number, language: string): string {
  return new Intl.NumberFormat(language).format(value);
}

/** `Nov 24, 2026, 22:17 UTC`: always with its zone. `zone` is for tests. */
export function moment(time: string, language: string, zone?: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return new Intl.DateTimeFormat(language, {
    year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short', timeZone: zone,
  }).format(date);
}

/** `Nov 24, 2026`. */
export function day(time: string, language: string, zone?: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return new Intl.DateTimeFormat(language, { year: 'numeric', month: 'short', day: 'numeric', timeZone: zone }).format(date);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3_600], ['minute', 60],
];

/** `3 hours ago`, `in 5 days`. */
export function relative(time: string, now: number, language: string): string {
  const seconds = (new Date(time).getTime() - now) / 1000;
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, 'second');
}

/** `2 h 5 min`, in the language's short units. */
export function duration(seconds: number, language: string): string {
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  if (seconds < 60) return unit(Math.max(1, Math.round(seconds)), 'second');
  if (seconds < 3600) return unit(Math.round(seconds / 60), 'minute');
  if (seconds >= 172_800) return unit(Math.round(seconds / 86_400), 'day');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.round((seconds % 3600) / 60);
  return minutes ? `${unit(hours, 'hour')} ${unit(minutes, 'minute')}` : unit(hours, 'hour');
}

/** `97.3 %` of 0.973; small ones keep two digits that say something. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 0.1 ? value.toPrecision(1) : value.toFixed(1)} %`;
}

/** `sha256:1a2b3c4d5e6f`. */
export function shortDigest(digest: string): string {
  return digest.replace(/^(sha\d+:)([0-9a-f]{12})[0-9a-f]+$/, '$1$2');
}

/** `openssl` of `pkg:deb/debian/openssl@3.0.1?arch=amd64`; other text as it is. */
export function purlName(purl: string): string {
  const match = /^pkg:[^/]+\/(.+?)(?:@[^@]*)?(?:\?.*)?$/.exec(purl);
  if (!match?.[1]) return purl;
  const path = purl.startsWith('pkg:golang/') || purl.startsWith('pkg:npm/') || purl.startsWith('pkg:maven/') ? match[1] : match[1].replace(/^.*\//, '');
  return decode(path);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The sum of a map's numbers. */
export function sum(counts: Record<string, number> | undefined): number {
  return Object.values(counts ?? {}).reduce((total, value) => total + value, 0);
}
