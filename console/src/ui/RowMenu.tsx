import { ActionIcon, Menu } from '@mantine/core';
import { useI18n } from '../i18n';
import { Icon } from './Icon';

interface RowAction {
  label: string;
  onClick: () => void;
  /** Why it cannot be done. */
  denied?: string;
  danger?: boolean;
}

/** What can be done with one row. */
export function RowMenu({ name, items }: { name: string; items: RowAction[] }) {
  const { t } = useI18n();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('list.actionsOf', { name })}><Icon name="more" /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {items.map((item) => (
          <Menu.Item key={item.label} disabled={!!item.denied} title={item.denied} color={item.danger ? 'red' : undefined} onClick={item.onClick}>{item.label}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
