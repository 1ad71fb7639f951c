// Keys for programs; each is shown once.
import { Button, Modal, Stack } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/calls';
import type { Role, Token } from '../api/types';
import { useI18n } from '../i18n';
import { useList } from '../lib/list';
import { useListUrl } from '../lib/url';
import { CodeBlock, PageHead, When } from '../ui/Bits';
import { Confirm } from '../ui/Confirm';
import { type Column, DataTable } from '../ui/DataTable';
import { type Field, FormDialog } from '../ui/FormDialog';
import { Icon } from '../ui/Icon';
import { RowMenu } from '../ui/RowMenu';
import { Banner, Empty } from '../ui/States';
import { useDenied, useDone, useProjectOptions } from './useManage';

interface Draft {
  name: string;
  role: Role;
  days: number | null;
  projects: string[];
}

const START: Draft = { name: '', role: 'operator', days: 90, projects: [] };

type Dialog = { kind: 'add' } | { kind: 'key'; key: string } | { kind: 'delete'; token: Token };

export default function TokensPage() {
  const { t, say } = useI18n();
  const url = useListUrl();
  const list = useList<Token>(['tokens'], api.tokens, url.query);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const admin = useDenied('admin') === undefined;
  const projects = useProjectOptions(admin);
  const done = useDone();
  const columns: Column<Token>[] = [
    { key: 'name', label: t('tokens.name'), width: 180, grow: true, cell: (row) => <span className="cell-main">{row.name}</span> },
    { key: 'role', label: t('tokens.role'), cell: (row) => say('role', row.role) },
    { key: 'projects', label: t('users.projects'), cell: (row) => (row.projects ? row.projects.map((id) => projects.find((one) => one.value === id)?.label ?? id).join(', ') : t('users.everything')) },
    { key: 'expires', label: t('tokens.expires'), cell: (row) => <When time={row.expires_at} exact /> },
    { key: 'used', label: t('tokens.used'), cell: (row) => <When time={row.used_at} /> },
    { key: 'created', label: t('word.created'), cell: (row) => <When time={row.created_at} /> },
  ];
  const fields: Field<Draft>[] = [
    { name: 'name', label: t('tokens.name'), required: true, placeholder: 'jenkins' },
    { name: 'role', label: t('tokens.role'), type: 'choice', required: true, options: ['viewer', 'operator', 'admin'].map((value) => ({ value, label: say('role', value) })) },
    { name: 'days', label: t('tokens.expiresDays'), type: 'number', min: 1 },
    ...(admin ? [{ name: 'projects' as const, label: t('users.projects'), type: 'choices' as const, options: projects, hint: t('users.projectsHint'), rare: true }] : []),
  ];
  const close = () => setDialog(null);
  const addButton = <Button leftSection={<Icon name="plus" size={14} />} onClick={() => setDialog({ kind: 'add' })}>{t('tokens.add')}</Button>;
  return (
    <div className="page">
      <PageHead title={t('nav.tokens')} hint={t('tokens.hint')}>{addButton}</PageHead>
      <DataTable
        label={t('nav.tokens')}
        list={list}
        columns={columns}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        actions={(row) => <RowMenu name={row.name} items={[{ label: t('do.delete'), danger: true, onClick: () => setDialog({ kind: 'delete', token: row }) }]} />}
        empty={<Empty icon="tokens" title={t('tokens.none')}>{addButton}</Empty>}
      />
      {dialog?.kind === 'add' && (
        <FormDialog
          title={t('tokens.add')}
          fields={fields}
          values={START}
          save={async ({ name, role, days, projects }) => {
            const made = await api.addToken({ name, role, ...(days ? { expires: { days } } : {}), ...(projects.length ? { projects } : {}) });
            done('do.saved', 'tokens');
            setDialog({ kind: 'key', key: made.key });
          }}
          onClose={close}
        />
      )}
      {dialog?.kind === 'key' && (
        <Modal opened onClose={close} title={t('nav.tokens')} closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('do.close') }}>
          <Stack gap="sm">
            <Banner>{t('tokens.shown')}</Banner>
            <CodeBlock text={dialog.key} />
            <div className="dialog-foot"><Button onClick={close}>{t('do.ok')}</Button></div>
          </Stack>
        </Modal>
      )}
      {dialog?.kind === 'delete' && <Confirm title={t('do.deleteSure', { name: dialog.token.name })} action={t('do.delete')} run={() => api.deleteToken(dialog.token.id)} onDone={() => { done('do.deleted', 'tokens'); close(); }} onClose={close} />}
    </div>
  );
}
