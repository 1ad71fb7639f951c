// Connected registries: add, test, edit, synchronize, push notifications.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { api } from '../api/calls';
import type { Registry } from '../api/types';
import { useI18n } from '../i18n';
import { count } from '../lib/format';
import { useList } from '../lib/list';
import { useListUrl, useParam } from '../lib/url';
import { REGISTRY_KINDS } from '../lib/words';
import { PageHead, When } from '../ui/Bits';
import { StatusText } from '../ui/Chips';
import { Confirm } from '../ui/Confirm';
import { type Column, DataTable } from '../ui/DataTable';
import { type Field, FormDialog } from '../ui/FormDialog';
import { Icon } from '../ui/Icon';
import { RowMenu } from '../ui/RowMenu';
import { Empty } from '../ui/States';
import { PushDialog, TestDialog } from './RegistryDialogs';
import { useDenied, useDo, useDone } from './useManage';

type Dialog = { kind: 'edit' | 'delete' | 'test' | 'push'; registry: Registry };

export default function RegistriesPage() {
  const { t, say, language } = useI18n();
  const url = useListUrl();
  const [add, setAdd] = useParam('dialog');
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const list = useList<Registry>(['registries'], api.registries, url.query);
  const admin = useDenied('admin');
  const operator = useDenied('operator');
  const done = useDone();
  const sync = useDo((id: string) => api.syncRegistry(id), 'sync.started', 'registries', 'tasks');
  const columns: Column<Registry>[] = [
    { key: 'name', label: t('word.name'), width: 220, grow: true, cell: (row) => <><Link className="cell-main" to={`/images/registry?registry=${row.id}`}>{row.name}</Link><span className="cell-sub">{row.url}</span></> },
    { key: 'kind', label: t('registries.kind'), cell: (row) => say('registry-kind', row.kind) },
    { key: 'state', label: t('registries.connection'), width: 160, cell: (row) => <><StatusText family="registry-state" status={row.state} />{row.reason && <span className="cell-sub" title={row.reason}>{row.reason}</span>}</> },
    { key: 'images', label: t('word.images'), align: 'right', cell: (row) => count(row.images, language) },
    { key: 'sync', label: t('registries.sync'), cell: (row) => say('sync', row.sync) },
    { key: 'scan', label: t('registries.scanNew'), cell: (row) => (row.scan_new ? t('list.yes') : t('list.no')) },
    { key: 'synced', label: t('registries.synced'), cell: (row) => <When time={row.synced_at} /> },
  ];
  const close = () => setDialog(null);
  return (
    <div className="page">
      <PageHead title={t('nav.registries')} hint={t('registries.hint')}>
        <Button disabled={!!admin} title={admin} leftSection={<Icon name="plus" size={14} />} onClick={() => setAdd('add')}>{t('registries.add')}</Button>
      </PageHead>
      <DataTable
        label={t('nav.registries')}
        list={list}
        columns={columns}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        actions={(row) => (
          <RowMenu
            name={row.name}
            items={[
              { label: t('registries.test'), denied: operator, onClick: () => setDialog({ kind: 'test', registry: row }) },
              { label: t('sync.go'), denied: operator, onClick: () => sync.mutate(row.id) },
              { label: t('registries.push'), denied: admin, onClick: () => setDialog({ kind: 'push', registry: row }) },
              { label: t('do.edit'), denied: admin, onClick: () => setDialog({ kind: 'edit', registry: row }) },
              { label: t('do.delete'), denied: admin, danger: true, onClick: () => setDialog({ kind: 'delete', registry: row }) },
            ]}
          />
        )}
        empty={
          <Empty icon="registries" title={t('registries.none')} hint={t('registries.noneHint')}>
            <Button disabled={!!admin} title={admin} onClick={() => setAdd('add')}>{t('registries.add')}</Button>
          </Empty>
        }
      />
      {add === 'add' && !admin && <RegistryForm onClose={() => setAdd(null)} onSaved={(registry) => { setAdd(null); setDialog({ kind: 'test', registry }); }} />}
      {dialog?.kind === 'edit' && <RegistryForm registry={dialog.registry} onClose={close} onSaved={(registry) => setDialog({ kind: 'test', registry })} />}
      {dialog?.kind === 'test' && <TestDialog registry={dialog.registry} onClose={close} />}
      {dialog?.kind === 'push' && <PushDialog registry={dialog.registry} onClose={close} />}
      {dialog?.kind === 'delete' && <Confirm title={t('do.deleteSure', { name: dialog.registry.name })} action={t('do.delete')} run={() => api.deleteRegistry(dialog.registry.id)} onDone={() => { done('do.deleted', 'registries', 'images', 'overview'); close(); }} onClose={close} />}
    </div>
  );
}

/** What people type; numbers may be empty meanwhile. */
type Draft = Pick<Registry, 'name' | 'kind' | 'url' | 'username' | 'ca' | 'insecure' | 'allow_private' | 'include' | 'exclude' | 'sync' | 'scan_new'> & { password: string; requests_per_second: number | null; concurrency: number | null };

function RegistryForm({ registry, onClose, onSaved }: { registry?: Registry; onClose: () => void; onSaved: (registry: Registry) => void }) {
  const { t, say } = useI18n();
  const done = useDone();
  const options = (family: string, values: readonly string[]) => values.map((value) => ({ value, label: say(family, value) }));
  const fields: Field<Draft>[] = [
    { name: 'name', label: t('word.name'), required: true },
    { name: 'kind', label: t('registries.kind'), type: 'choice', required: true, options: options('registry-kind', REGISTRY_KINDS) },
    { name: 'url', label: t('registries.address'), hint: t('registries.addressHint'), required: true },
    { name: 'username', label: t('registries.username') },
    { name: 'password', label: t('registries.password'), type: 'password', hint: registry?.has_password ? t('registries.passwordKeep') : t('registries.passwordHint') },
    { name: 'sync', label: t('registries.sync'), type: 'choice', required: true, options: options('sync', ['daily', 'push', 'manual']) },
    { name: 'scan_new', label: t('registries.scanNew'), type: 'switch' },
    { name: 'include', label: t('registries.include'), type: 'lines', hint: t('registries.patterns'), rare: true },
    { name: 'exclude', label: t('registries.exclude'), type: 'lines', rare: true },
    { name: 'requests_per_second', label: t('registries.rate'), type: 'number', rare: true },
    { name: 'concurrency', label: t('registries.concurrency'), type: 'number', rare: true },
    { name: 'ca', label: t('registries.ca'), type: 'area', rare: true },
    { name: 'insecure', label: t('registries.insecure'), type: 'switch', rare: true },
    { name: 'allow_private', label: t('registries.private'), type: 'switch', rare: true },
  ];
  const start: Draft = registry
    ? { ...registry, password: '' }
    : { name: '', kind: 'generic', url: 'https://', username: '', password: '', sync: 'daily', scan_new: true, include: [], exclude: [], requests_per_second: 0, concurrency: 0, ca: '', insecure: false, allow_private: false };
  const save = async (draft: Draft) => {
    const { name, kind, url, username, password, ca, insecure, allow_private, include, exclude, requests_per_second, concurrency, sync, scan_new } = draft;
    const body = { name, kind, url, username, ca, insecure, allow_private, include, exclude, requests_per_second: requests_per_second ?? 0, concurrency: concurrency ?? 0, sync, scan_new, ...(password && { password }) };
    const made = registry ? await api.changeRegistry(registry.id, body) : await api.addRegistry(body);
    done('do.saved', 'registries', 'overview');
    onSaved(made);
  };
  return (
    <FormDialog
      title={registry ? t('registries.edit') : t('registries.add')}
      fields={fields}
      values={start}
      save={save}
      onClose={onClose}
    />
  );
}
