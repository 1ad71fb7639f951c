// Severity, level, state: always a shape, a word and a colour.
import type { ReactNode } from 'react';
import type { Severity } from '../api/types';
import { useI18n } from '../i18n';
import { SEVERITIES } from '../lib/words';
import { Hint } from './Hint';
import { Icon } from './Icon';
import './chips.css';

const SHAPES: Record<string, string> = {
  critical: 'M8 0l7 8H1zM8 8l7 8H1z',
  high: 'M8 1l7 13H1z',
  medium: 'M8 1l7 7-7 7-7-7z',
  low: 'M1 3h14L8 15z',
  safe: 'M2 8l4 4 8-8',
  unknown: 'M3 7h10v2H3z',
};

function Shape({ name }: { name: string }) {
  const open = name === 'safe';
  return (
    <svg width="10" height="10" viewBox="0 0 16 16" fill={open ? 'none' : 'currentColor'} stroke={open ? 'currentColor' : 'none'} strokeWidth="3" aria-hidden="true">
      <path d={SHAPES[name] ?? SHAPES.unknown} />
    </svg>
  );
}

export function SeverityChip({ severity }: { severity: string }) {
  const { say } = useI18n();
  return (
    <span className={`chip tone-${severity}`}>
      <Shape name={severity} />
      {say('severity', severity)}
    </span>
  );
}

export function LevelChip({ level, from }: { level: string; from?: string[] }) {
  const { say, t } = useI18n();
  const className = `chip tone-${level}`;
  const text = <><Shape name={level} />{say('level', level)}</>;
  if (!from?.length) return <span className={className}>{text}</span>;
  return <Hint className={className} label={t('image.levelFrom', { kinds: from.map((kind) => say('kind', kind)).join(', ') })}>{text}</Hint>;
}

const STATE_TONES: Record<string, string> = { open: 'high', reopened: 'critical', ignored: 'unknown', whitelisted: 'low', fixed: 'safe' };

export function StateChip({ state }: { state: string }) {
  const { say } = useI18n();
  return <span className={`chip plain tone-${STATE_TONES[state] ?? 'unknown'}`}>{say('state', state)}</span>;
}

const URGENCY_TONES: Record<string, string> = { immediate: 'critical', delay: 'medium', none: 'unknown' };

export function UrgencyText({ urgency }: { urgency: string }) {
  const { say } = useI18n();
  return <span className={`text-${URGENCY_TONES[urgency] ?? 'unknown'}`}>{say('urgency', urgency)}</span>;
}

const STATUS_TONES: Record<string, string> = {
  scanned: 'safe', done: 'safe', connected: 'safe', pass: 'safe', failed: 'critical', fail: 'critical', running: 'low', scanning: 'low',
};

/** A dot and a word: how something stands. */
export function StatusText({ family, status, children }: { family: string; status: string; children?: ReactNode }) {
  const { say } = useI18n();
  return (
    <span className="status">
      <span className={`dot solid-${STATUS_TONES[status] ?? 'unknown'}`} aria-hidden="true" />
      {children ?? say(family, status)}
    </span>
  );
}

/** `2 · 14 · 31 · 8`: how many of each severity, with words for those who do not see colours. */
export function SeverityCounts({ counts }: { counts: Record<string, number> | undefined }) {
  const { say, t } = useI18n();
  const shown = SEVERITIES.filter((severity) => counts?.[severity]);
  if (shown.length === 0) return <span className="quiet" title={t('word.none')}>–</span>;
  return (
    <span className="counts">
      {shown.map((severity: Severity) => (
        <span key={severity} className={`count tone-${severity}`} title={`${say('severity', severity)}: ${counts?.[severity]}`}>
          <Shape name={severity} />
          <span className="sr">{say('severity', severity)} </span>
          {counts?.[severity]}
        </span>
      ))}
    </span>
  );
}

/** Known to be exploited. */
export function KevChip({ since }: { since: string }) {
  const { t } = useI18n();
  return (
    <Hint className="chip tone-critical" label={t('risk.kevSince', { day: since })}>
      <Icon name="flame" size={11} />
      KEV
    </Hint>
  );
}

export function Tag({ children, tone = 'unknown' }: { children: ReactNode; tone?: string }) {
  return <span className={`chip plain tone-${tone}`}>{children}</span>;
}
