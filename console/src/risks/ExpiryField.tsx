// Until when a decision holds.
import { Select, TextInput } from '@mantine/core';
import { useI18n } from '../i18n';
import type { ExpiryDraft } from './expiry';

const DAYS = [7, 30, 90, 180, 365];

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
