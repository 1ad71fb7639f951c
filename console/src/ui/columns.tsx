// Which columns a list shows, as this browser remembers it.
import { Button, Checkbox, Popover } from '@mantine/core';
import { useI18n } from '../i18n';
import { useStored } from '../lib/stored';
import { IconButton } from './Bits';
import type { Column } from './DataTable';

/** The columns to show, and the chooser; the first column always shows. */
export function useShownColumns<R>(name: string, columns: Column<R>[]) {
  const { t } = useI18n();
  const [changed, setChanged] = useStored<Record<string, boolean>>(`columns.${name}`, {});
  const isShown = (column: Column<R>) => changed[column.key] ?? !column.optional;
  const chooser = (
    <Popover position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <IconButton icon="columns" label={t('list.columns')} />
      </Popover.Target>
      <Popover.Dropdown p={8} aria-label={t('list.columns')}>
        <div className="filter-choices">
          {columns.slice(1).map((column) => (
            <label key={column.key} className="filter-choice">
              <Checkbox size="xs" aria-label={column.label} checked={isShown(column)} onChange={() => setChanged({ ...changed, [column.key]: !isShown(column) })} />
              <span>{column.label}</span>
            </label>
          ))}
          <Button variant="subtle" size="compact-xs" onClick={() => setChanged({})}>{t('list.columnsReset')}</Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
  return { shown: columns.filter((column, index) => index === 0 || isShown(column)), chooser };
}
