// Every call that changed something, and every sign-in.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/calls';
import type { AuditEntry } from '../api/types';
import { useI18n } from '../i18n';
import { useList } from '../lib/list';
import { useListUrl } from '../lib/url';
import { ExportDialog } from '../app/later';
import { PageHead, When } from '../ui/Bits';
import { type Column, DataTable } from '../ui/DataTable';
import { FilterBar } from '../ui/FilterBar';
import { Icon } from '../ui/Icon';
import { Empty } from '../ui/States';

export default function AuditPage() {
  const { t } = useI18n();
  const url = useListUrl();
  const [exporting, setExporting] = useState(false);
  // The log is searched by user: the server knows no free text there.
  const { q, ...query } = url.query;
  const asked = { ...query, ...(q && { actor: q }) };
  const list = useList<AuditEntry>(['audit'], api.audit, asked);
  const columns: Column<AuditEntry>[] = [
    { key: 'at', label: t('history.when'), cell: (row) => <When time={row.at} exact /> },
    { key: 'actor', label: t('audit.actor'), cell: (row) => row.actor },
    { key: 'action', label: t('audit.action'), cell: (row) => <code>{row.action}</code> },
    { key: 'target', label: t('audit.target'), width: 200, grow: true, cell: (row) => <span className="break">{row.target}</span> },
    { key: 'from', label: t('audit.from'), cell: (row) => <code>{row.from}</code> },
    { key: 'request', label: t('state.request'), cell: (row) => <code className="small">{row.request}</code> },
  ];
  return (
    <div className="page">
      <PageHead title={t('nav.audit')} hint={t('audit.hint')}>
        <Button variant="default" leftSection={<Icon name="export" size={14} />} onClick={() => setExporting(true)}>{t('export.title')}</Button>
      </PageHead>
      <FilterBar url={url} searchLabel={t('audit.actor')} filters={[{ name: 'action', label: t('audit.action'), placeholder: 'registry.create', pinned: true }]} />
      <DataTable label={t('nav.audit')} list={list} columns={columns} rowId={(row) => row.id} rowName={(row) => `${row.action} ${row.target}`} unfold={(row) => <pre className="json">{JSON.stringify(row.detail, null, 2)}</pre>} empty={<Empty icon="audit" title={t('audit.none')} />} />
      {exporting && <ExportDialog lists={['audit']} filter={asked} onClose={() => setExporting(false)} />}
    </div>
  );
}
