// Views people named: addresses, kept in this browser.
import { ActionIcon, Button, Popover, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link, useLocation } from 'react-router';
import { useI18n } from '../i18n';
import { useStored } from '../lib/stored';
import { IconButton } from './Bits';
import { Icon } from './Icon';

interface View {
  name: string;
  to: string;
}

export function SavedViews({ list }: { list: string }) {
  const { t } = useI18n();
  const { pathname, search } = useLocation();
  const [views, setViews] = useStored<View[]>(`views.${list}`, []);
  const [name, setName] = useState('');
  return (
    <Popover position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <IconButton icon="bookmark" label={t('views.title')} />
      </Popover.Target>
      <Popover.Dropdown p={10} w={260} aria-label={t('views.title')}>
        {views.length === 0 && <div className="quiet small">{t('views.none')}</div>}
        {views.map((view) => (
          <div key={view.name} className="filter-choice" style={{ gridTemplateColumns: '1fr auto' }}>
            <Link to={view.to}>{view.name}</Link>
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('views.delete', { name: view.name })} onClick={() => setViews(views.filter((one) => one !== view))}><Icon name="close" size={12} /></ActionIcon>
          </div>
        ))}
        <form
          className="filter-typed"
          style={{ marginTop: 8 }}
          onSubmit={(event) => {
            event.preventDefault();
            if (!name.trim()) return;
            setViews([...views.filter((view) => view.name !== name.trim()), { name: name.trim(), to: pathname + search }]);
            setName('');
          }}
        >
          <TextInput size="xs" aria-label={t('views.name')} placeholder={t('views.name')} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Button type="submit">{t('do.save')}</Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
