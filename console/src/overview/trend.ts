// The numbers of a day, as they are kept: totals by severity out of whatever shape the day has.
import { SEVERITIES } from '../lib/words';

interface Day {
  day: string;
  counts: Record<string, number>;
  total: number;
}

/** Risks of a day by severity, all kinds together. */
export function readDay(entry: { day: string; numbers: unknown }): Day {
  const counts: Record<string, number> = {};
  const numbers = entry.numbers as { risks?: unknown; overview?: { risks?: unknown } } | null;
  const risks = numbers?.risks ?? numbers?.overview?.risks;
  if (risks && typeof risks === 'object') {
    for (const kind of Object.values(risks)) {
      if (!kind || typeof kind !== 'object') continue;
      for (const severity of SEVERITIES) {
        const value = (kind as Record<string, unknown>)[severity];
        if (typeof value === 'number') counts[severity] = (counts[severity] ?? 0) + value;
      }
    }
  }
  return { day: entry.day, counts, total: Object.values(counts).reduce((all, value) => all + value, 0) };
}

/** A round number that is not less than the value. */
export function ceiling(value: number): number {
  if (value <= 5) return 5;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}
