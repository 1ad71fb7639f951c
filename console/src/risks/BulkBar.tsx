import { Button } from '@mantine/core';
import type { Action } from '../api/types';
import { useI18n } from '../i18n';
import './bulk.css';

interface Props {
  selected: number;
  total: number | undefined;
  everything: boolean;
  /** Where all that match the filter can be taken. */
  onEverything?: () => void;
  onClear: () => void;
  onAction: (action: Action) => void;
  onExport?: () => void;
  /** Why nothing can be handled. */
  denied?: string;
}

/** What can be done with what is selected; a second step takes all that match the filter. */
export function BulkBar({ selected, total, everything, onEverything, onClear, onAction, onExport, denied }: Props) {
  const { t, say } = useI18n();
  if (selected === 0) return null;
  return (
    <div className="bulk" role="region" aria-label={t('list.selected', { n: selected })}>
      <strong>{everything ? t('list.filterSelected', { n: total ?? 0 }) : t('list.selected', { n: selected })}</strong>
      {!everything && onEverything && total !== undefined && total > selected && (
        <Button variant="subtle" size="compact-xs" onClick={onEverything}>{t('list.selectFilter', { n: total })}</Button>
      )}
      <span className="bulk-gap" />
      {(['ignore', 'unignore', 'whitelist'] as const).map((action) => (
        <Button key={action} variant="default" size="compact-xs" disabled={!!denied} title={denied} onClick={() => onAction(action)}>{say('action', action)}</Button>
      ))}
      {onExport && <Button variant="default" size="compact-xs" onClick={onExport}>{t('export.title')}</Button>}
      <Button variant="subtle" color="gray" size="compact-xs" onClick={onClear}>{t('list.unselect')}</Button>
    </div>
  );
}
