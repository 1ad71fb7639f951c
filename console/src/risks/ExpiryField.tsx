// Until when a decision holds.
import { Select, TextInput } from '@mantine/core';
import type { Expiry } from '../api/types';
import { useI18n } from '../i18n';

export interface ExpiryDraft {
  mode: string;
  day: string;
}

const DAYS = [7, 30, 90, 180, 365];

export function readExpiry(expires: Expiry | undefined): ExpiryDraft {
  if (expires?.when_fixable) return { mode: 'fixable', day: '' };
  if (expires?.at) return { mode: 'day', day: expires.at.slice(0, 10) };
  return { mode: 'never', day: '' };
}

/** What the server is told; the last day counts to its end, UTC. */
export function expiryOf({ mode, day }: ExpiryDraft): Expiry {
  if (mode === 'fixable') return { when_fixable: true };
  if (mode === 'day') return day ? { at: `${day}T23:59:59Z` } : {};
  return mode === 'never' ? {} : { days: Number(mode) };
}

export function ExpiryField({ value, onChange }: { value: ExpiryDraft; onChange: (value: ExpiryDraft) => void }) {
  const { t } = useI18n();
  const data = [
    { value: 'never', label: t('handle.never') },
    ...DAYS.map((n) => ({ value: String(n), label: t('handle.days', { n }) })),
    { value: 'day', label: t('handle.date') },
    { value: 'fixable', label: t('handle.fixable') },
  ];
  return (
    <div className="two">
      <Select label={t('handle.expires')} allowDeselect={false} data={data} value={value.mode} onChange={(mode) => mode && onChange({ ...value, mode })} />
      {value.mode === 'day' && <TextInput type="date" required label={`${t('handle.day')} (UTC)`} value={value.day} onChange={(event) => onChange({ ...value, day: event.currentTarget.value })} />}
    </div>
  );
}
