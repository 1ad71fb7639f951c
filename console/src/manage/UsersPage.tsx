// Who may sign in, and what they may do.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/calls';
import type { Role, User } from '../api/types';
import { useSession } from '../app/session';
import { useI18n } from '../i18n';
import { useList } from '../lib/list';
import { useListUrl } from '../lib/url';
import { PageHead, When } from '../ui/Bits';
import { Confirm } from '../ui/Confirm';
import { type Column, DataTable } from '../ui/DataTable';
import { type Field, FormDialog } from '../ui/FormDialog';
import { Icon } from '../ui/Icon';
import { RowMenu } from '../ui/RowMenu';
import { Empty } from '../ui/States';
import { useDenied, useDone, useProjectOptions } from './useManage';

type Dialog = { kind: 'add' } | { kind: 'edit' | 'delete'; user: User };

export default function UsersPage() {
  const { t, say } = useI18n();
  const { user: me } = useSession();
  const url = useListUrl();
  const list = useList<User>(['users'], api.users, url.query);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const denied = useDenied('admin');
  const projects = useProjectOptions(!denied);
  const done = useDone();
  const columns: Column<User>[] = [
    { key: 'name', label: t('users.name'), width: 160, grow: true, cell: (row) => <span className="cell-main">{row.username}</span> },
    { key: 'role', label: t('users.role'), cell: (row) => say('role', row.role) },
    { key: 'projects', label: t('users.projects'), width: 160, cell: (row) => (row.projects ? row.projects.map((id) => projects.find((one) => one.value === id)?.label ?? id).join(', ') || t('word.none') : t('users.everything')) },
    { key: 'enabled', label: t('users.enabled'), cell: (row) => (row.enabled ? t('list.yes') : t('list.no')) },
    { key: 'seen', label: t('users.seen'), cell: (row) => <When time={row.signed_in_at} /> },
    { key: 'created', label: t('word.created'), cell: (row) => <When time={row.created_at} /> },
  ];
  const close = () => setDialog(null);
  const saved = () => {
    done('do.saved', 'users');
    close();
  };
  return (
    <div className="page">
      <PageHead title={t('nav.users')} hint={t('users.hint')}>
        <Button disabled={!!denied} title={denied} leftSection={<Icon name="plus" size={14} />} onClick={() => setDialog({ kind: 'add' })}>{t('users.add')}</Button>
      </PageHead>
      <DataTable
        label={t('nav.users')}
        list={list}
        columns={columns}
        rowId={(row) => row.id}
        rowName={(row) => row.username}
        actions={(row) => (
          <RowMenu
            name={row.username}
            items={[
              { label: t('do.edit'), denied, onClick: () => setDialog({ kind: 'edit', user: row }) },
              ...(row.id === me?.id ? [] : [{ label: t('do.delete'), denied, danger: true, onClick: () => setDialog({ kind: 'delete', user: row }) }]),
            ]}
          />
        )}
        empty={<Empty icon="users" title={t('state.nothing')} />}
      />
      {dialog?.kind === 'add' && <UserForm onClose={close} onDone={saved} />}
      {dialog?.kind === 'edit' && <UserForm user={dialog.user} onClose={close} onDone={saved} />}
      {dialog?.kind === 'delete' && <Confirm title={t('do.deleteSure', { name: dialog.user.username })} action={t('do.delete')} run={() => api.deleteUser(dialog.user.id)} onDone={() => { done('do.deleted', 'users'); close(); }} onClose={close} />}
    </div>
  );
}

interface Draft {
  username: string;
  password: string;
  role: Role;
  projects: string[];
  enabled: boolean;
}

function UserForm({ user, onClose, onDone }: { user?: User; onClose: () => void; onDone: () => void }) {
  const { t, say } = useI18n();
  const projects = useProjectOptions(true);
  const fields: Field<Draft>[] = [
    ...(user ? [] : [{ name: 'username' as const, label: t('users.name'), required: true }]),
    { name: 'password', label: t('users.password'), type: 'password', required: !user, hint: user && t('users.passwordKeep') },
    { name: 'role', label: t('users.role'), type: 'choice', required: true, options: ['viewer', 'operator', 'admin'].map((value) => ({ value, label: say('role', value) })) },
    { name: 'projects', label: t('users.projects'), type: 'choices', options: projects, hint: t('users.projectsHint') },
    ...(user ? [{ name: 'enabled' as const, label: t('users.enabled'), type: 'switch' as const }] : []),
  ];
  const save = ({ username, password, role, enabled, ...draft }: Draft) => {
    const projects = draft.projects.length ? draft.projects : null;
    return user ? api.changeUser(user.id, { role, enabled, projects, ...(password && { password }) }) : api.addUser({ username, password, role, projects });
  };
  const start: Draft = { username: '', password: '', role: user?.role ?? 'viewer', projects: user?.projects ?? [], enabled: user?.enabled ?? true };
  return <FormDialog title={user ? t('users.edit') : t('users.add')} fields={fields} values={start} save={save} onDone={onDone} onClose={onClose} />;
}
