import { ActionIcon, Menu } from '@mantine/core';
import { useState } from 'react';
import { useI18n } from '../i18n';
import { Icon } from './Icon';

interface RowAction {
  label: string;
  onClick: () => void;
  /** Why it cannot be done. */
  denied?: string;
  danger?: boolean;
}

/** What can be done with one row. The menu is made when it is first opened: lists have many rows. */
export function RowMenu({ name, items }: { name: string; items: RowAction[] }) {
  const { t } = useI18n();
  const [made, setMade] = useState(false);
  const [opened, setOpened] = useState(false);
  const open = () => {
    setMade(true);
    setOpened(true);
  };
  const button = (
    <ActionIcon variant="subtle" color="gray" aria-haspopup="menu" aria-expanded={opened} aria-label={t('list.actionsOf', { name })} onClick={made ? undefined : open}>
      <Icon name="more" />
    </ActionIcon>
  );
  if (!made) return button;
  return (
    <Menu position="bottom-end" opened={opened} onChange={setOpened}>
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown>
        {items.map((item) => (
          <Menu.Item key={item.label} disabled={!!item.denied} title={item.denied} color={item.danger ? 'red' : undefined} onClick={item.onClick}>{item.label}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
