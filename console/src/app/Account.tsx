import { Button, Menu, Modal, PasswordInput, Stack, useMantineColorScheme } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import { useI18n } from '../i18n';
import { Icon } from '../ui/Icon';
import { Failure } from '../ui/States';
import { useSay } from '../ui/say';
import { useSession } from './session';

export function LanguageButton() {
  const { language, setLanguage } = useI18n();
  const other = language === 'en' ? 'zh-CN' : 'en';
  return (
    <Button variant="subtle" color="gray" lang={other} onClick={() => setLanguage(other)}>
      {other === 'en' ? 'English' : '中文'}
    </Button>
  );
}

export function AccountMenu() {
  const { t, say } = useI18n();
  const { user, signOut } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [changing, setChanging] = useState(false);
  if (!user) return null;
  const schemes = [['auto', t('account.auto')], ['light', t('account.light')], ['dark', t('account.dark')]] as const;
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <Button variant="transparent" color="white" className="header-button" leftSection={<Icon name="user" />} aria-label={`${t('account.title')}: ${user.username}`}>
            <span className="header-user">{user.username}</span>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{user.username} · {say('role', user.role)}</Menu.Label>
          <Menu.Label>{t('account.theme')}</Menu.Label>
          {schemes.map(([scheme, label]) => (
            <Menu.Item key={scheme} leftSection={colorScheme === scheme ? <Icon name="check" /> : <span style={{ width: 16 }} />} onClick={() => setColorScheme(scheme)}>
              {label}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => setChanging(true)}>{t('account.password')}</Menu.Item>
          <Menu.Item onClick={() => void signOut()}>{t('account.out')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {changing && <PasswordDialog onClose={() => setChanging(false)} />}
    </>
  );
}

function PasswordDialog({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const say = useSay();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => api.changePassword({ current_password: current, new_password: next }),
    onSuccess: () => {
      say(t('account.changed'));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('account.password')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <form onSubmit={(event) => { event.preventDefault(); change.mutate(); }}>
        <Stack>
          <PasswordInput label={t('account.current')} required autoComplete="current-password" value={current} onChange={(event) => setCurrent(event.currentTarget.value)} />
          <PasswordInput label={t('account.new')} required autoComplete="new-password" value={next} onChange={(event) => setNext(event.currentTarget.value)} />
          {change.error && <Failure error={change.error} />}
          <Button type="submit" loading={change.isPending}>{t('do.save')}</Button>
        </Stack>
      </form>
    </Modal>
  );
}
