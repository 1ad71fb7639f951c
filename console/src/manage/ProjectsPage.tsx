// Groups of repositories that some people may see.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/calls';
import type { Project } from '../api/types';
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
import { useDenied, useDone } from './useManage';

interface Draft {
  name: string;
  repositories: string[];
}

type Dialog = { kind: 'add' } | { kind: 'edit' | 'delete'; project: Project };

export default function ProjectsPage() {
  const { t } = useI18n();
  const url = useListUrl();
  const list = useList<Project>(['projects'], api.projects, url.query);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const denied = useDenied('admin');
  const done = useDone();
  const columns: Column<Project>[] = [
    { key: 'name', label: t('word.name'), width: 160, cell: (row) => <span className="cell-main">{row.name}</span> },
    { key: 'repositories', label: t('projects.repositories'), width: 220, grow: true, cell: (row) => <code>{row.repositories.map((one) => one.repository).join(', ')}</code> },
    { key: 'created', label: t('word.created'), cell: (row) => <When time={row.created_at} /> },
  ];
  const close = () => setDialog(null);
  const saved = () => {
    done('do.saved', 'projects');
    close();
  };
  const fields: Field<Draft>[] = [
    { name: 'name', label: t('word.name'), required: true },
    { name: 'repositories', label: t('projects.repositories'), type: 'lines', hint: t('registries.patterns') },
  ];
  // Patterns that hold for one registry keep it: only their text is edited.
  const body = (draft: Draft, before: Project | undefined) => ({
    name: draft.name,
    repositories: draft.repositories.filter((line) => line.trim()).map((line) => before?.repositories.find((one) => one.repository === line.trim() && one.registry) ?? line.trim()),
  });
  const addButton = <Button disabled={!!denied} title={denied} leftSection={<Icon name="plus" size={14} />} onClick={() => setDialog({ kind: 'add' })}>{t('projects.add')}</Button>;
  return (
    <div className="page">
      <PageHead title={t('nav.projects')} hint={t('projects.hint')}>{addButton}</PageHead>
      <DataTable
        label={t('nav.projects')}
        list={list}
        columns={columns}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        actions={(row) => (
          <RowMenu
            name={row.name}
            items={[
              { label: t('do.edit'), denied, onClick: () => setDialog({ kind: 'edit', project: row }) },
              { label: t('do.delete'), denied, danger: true, onClick: () => setDialog({ kind: 'delete', project: row }) },
            ]}
          />
        )}
        empty={<Empty icon="projects" title={t('projects.none')}>{addButton}</Empty>}
      />
      {dialog?.kind === 'add' && <FormDialog title={t('projects.add')} fields={fields} values={{ name: '', repositories: [] }} save={(values) => api.addProject(body(values, undefined))} onDone={saved} onClose={close} />}
      {dialog?.kind === 'edit' && <FormDialog title={t('projects.edit')} fields={fields} values={{ name: dialog.project.name, repositories: dialog.project.repositories.map((one) => one.repository) }} save={(values) => api.changeProject(dialog.project.id, body(values, dialog.project))} onDone={saved} onClose={close} />}
      {dialog?.kind === 'delete' && <Confirm title={t('do.deleteSure', { name: dialog.project.name })} action={t('do.delete')} run={() => api.deleteProject(dialog.project.id)} onDone={() => { done('do.deleted', 'projects'); close(); }} onClose={close} />}
    </div>
  );
}
