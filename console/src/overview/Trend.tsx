// Unhandled risks day by day, stacked by severity.
import { useI18n } from '../i18n';
import { count, day as writeDay } from '../lib/format';
import { SEVERITIES } from '../lib/words';
import { ceiling, readDay } from './trend';

const WIDTH = 560;
const HEIGHT = 190;
const LEFT = 44;
const BOTTOM = 22;

export function Trend({ days }: { days: { day: string; numbers: unknown }[] }) {
  const { t, say, language } = useI18n();
  const read = days.slice(-45).map(readDay);
  if (read.length < 2) return <div className="quiet trend-none">{t('overview.noTrend')}</div>;
  const top = ceiling(Math.max(...read.map((one) => one.total)));
  const step = (WIDTH - LEFT) / read.length;
  const y = (value: number) => (HEIGHT - BOTTOM - 8) * (1 - value / top) + 8;
  const labels = [0, Math.floor(read.length / 2), read.length - 1];
  return (
    <>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="trend" role="img" aria-label={`${t('overview.trendHint')}: ${read.map((one) => `${one.day} ${one.total}`).join(', ')}`}>
        {[0, top / 2, top].map((value) => (
          <g key={value}>
            <line x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} stroke="var(--line)" />
            <text x={LEFT - 6} y={y(value) + 4} textAnchor="end">{new Intl.NumberFormat(language, { notation: 'compact' }).format(value)}</text>
          </g>
        ))}
        {read.map((one, index) => {
          let before = 0;
          return (
            <g key={one.day}>
              <title>{`${writeDay(one.day, language, 'UTC')}\n${SEVERITIES.map((severity) => `${say('severity', severity)}: ${count(one.counts[severity] ?? 0, language)}`).join('\n')}`}</title>
              <rect x={LEFT + index * step} y={8} width={step} height={HEIGHT - BOTTOM - 8} fill="transparent" />
              {SEVERITIES.map((severity) => {
                const value = one.counts[severity] ?? 0;
                if (value === 0) return null;
                const from = before;
                before += value;
                return <rect key={severity} x={LEFT + index * step + step * 0.12} width={step * 0.76} y={y(before)} height={y(from) - y(before)} fill={`var(--${severity}-solid)`} />;
              })}
              {labels.includes(index) && <text x={LEFT + (index + 0.5) * step} y={HEIGHT - 6} textAnchor={index === 0 ? 'start' : index === read.length - 1 ? 'end' : 'middle'}>{new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(new Date(one.day))}</text>}
            </g>
          );
        })}
      </svg>
      <div className="trend-legend quiet small">
        {SEVERITIES.map((severity) => <span key={severity} className="status"><span className={`dot solid-${severity}`} aria-hidden="true" />{say('severity', severity)}</span>)}
      </div>
    </>
  );
}
