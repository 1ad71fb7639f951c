// Every decision that keeps a risk quiet: active, expiring, never matched, lapsed; and the whole handling history.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { api } from '../api/calls';
import type { DecisionRow, HistoryEntry } from '../api/types';
import { useI18n } from '../i18n';
import { count, moment } from '../lib/format';
import { useList } from '../lib/list';
import { useListUrl, useParam } from '../lib/url';
import { ExportDialog, HandleDialog } from '../app/later';
import { HistoryList } from '../risks/HistoryList';
import { riskPage } from '../risks/tabs';
import { Facts, PageHead, When } from '../ui/Bits';
import { Tag } from '../ui/Chips';
import { Confirm } from '../ui/Confirm';
import { type Column, DataTable } from '../ui/DataTable';
import { FilterBar } from '../ui/FilterBar';
import { Icon } from '../ui/Icon';
import { LinkTabs } from '../ui/LinkTabs';
import { RowMenu } from '../ui/RowMenu';
import { SidePanel } from '../ui/SidePanel';
import { Empty } from '../ui/States';
import { useDenied, useDone, useRegistryOptions } from './useManage';

const STATES = ['active', 'expiring', 'never-matched', 'lapsed', 'all'] as const;

export default function DecisionsPage() {
  const { t, say } = useI18n();
  const [params] = useSearchParams();
  const [exporting, setExporting] = useState(false);
  const view = params.get('state') ?? 'active';
  const tabs = [...STATES.map((key) => ({ key, label: key === 'all' ? t('decisions.all') : say('decision-state', key), to: `/decisions?state=${key}` })), { key: 'history', label: t('decisions.history'), to: '/decisions?state=history' }];
  return (
    <div className="page">
      <PageHead title={t('nav.decisions')} hint={t('decisions.hint')}>
        <Button variant="default" leftSection={<Icon name="export" size={14} />} onClick={() => setExporting(true)}>{t('export.title')}</Button>
      </PageHead>
      <LinkTabs label={t('decisions.states')} current={view} tabs={tabs} />
      {view === 'history' ? <History /> : <Decisions />}
      {exporting && <ExportDialog lists={['decisions', 'history']} filter={view === 'history' ? {} : { state: view }} onClose={() => setExporting(false)} />}
    </div>
  );
}

function History() {
  const { t, say } = useI18n();
  const url = useListUrl();
  const { state: _, ...query } = url.query;
  const list = useList<HistoryEntry>(['history'], api.history, query);
  const actions = ['ignore', 'unignore', 'whitelist', 'edit', 'delete', 'expire', 'fixed', 'reopened'];
  return (
    <>
      <FilterBar
        url={url}
        elsewhere={['state']}
        filters={[
          { name: 'action', label: t('history.what'), options: actions.map((value) => ({ value, label: say('done', value) })), pinned: true, single: true },
          { name: 'actor', label: t('history.who') },
          { name: 'risk', label: t('decisions.risks'), placeholder: 'CVE-2024-3094' },
          { name: 'image', label: t('risk.imageId') },
        ]}
      />
      <HistoryList list={list} fill />
    </>
  );
}

function Decisions() {
  const { t, say, language } = useI18n();
  const url = useListUrl();
  const [open, setOpen] = useParam('open');
  const [dialog, setDialog] = useState<{ kind: 'edit' | 'undo'; row: DecisionRow } | null>(null);
  const done = useDone();
  const denied = useDenied('operator');
  const describe = useDescription();
  const list = useList<DecisionRow>(['decisions'], api.decisions, url.query);
  const shown = list.rows.find((row) => row.id === open);
  const columns: Column<DecisionRow>[] = [
    { key: 'action', label: t('decisions.action'), width: 130, cell: (row) => <button type="button" className="cell-main" onClick={() => setOpen(row.id)}>{say('action', row.action)}</button> },
    { key: 'risks', label: t('decisions.risks'), width: 180, cell: (row) => <span className="break">{describe.risks(row)}</span> },
    { key: 'scope', label: t('decisions.scope'), width: 170, grow: true, cell: (row) => <span className="break">{describe.scope(row)}</span> },
    { key: 'matches', label: t('decisions.matches'), align: 'right', cell: (row) => <span title={`${t('n.risks', { n: row.risks_hit })} · ${t('n.images', { n: row.images_hit })}`}>{count(row.matches, language)}</span> },
    { key: 'expires', label: t('decisions.expires'), width: 160, cell: (row) => <>{describe.expires(row)} {row.expiring && <Tag tone="medium">{say('decision-state', 'expiring')}</Tag>}</> },
    { key: 'author', label: t('decisions.author'), cell: (row) => row.author },
    { key: 'made', label: t('decisions.made'), cell: (row) => <When time={row.created_at} /> },
    { key: 'reason', label: t('word.reason'), width: 160, cell: (row) => <span className="cell-sub">{row.reason || '–'}</span> },
  ];
  const close = () => setDialog(null);
  return (
    <>
      <FilterBar url={url} elsewhere={['state']} facets={list.facets} searchLabel={t('decisions.search')} filters={[{ name: 'action', label: t('decisions.action'), options: ['ignore', 'unignore', 'whitelist'].map((value) => ({ value, label: say('action', value) })), pinned: true, single: true }, { name: 'author', label: t('decisions.author') }, { name: 'risk', label: t('decisions.risks') }]} />
      <DataTable
        label={t('nav.decisions')}
        list={list}
        columns={columns}
        rowId={(row) => row.id}
        rowName={(row) => `${say('action', row.action)} ${describe.risks(row)}`}
        open={open}
        onOpen={(row) => setOpen(row.id)}
        actions={(row) =>
          row.ended_at ? null : (
            <RowMenu
              name={describe.risks(row)}
              items={[
                { label: t('do.edit'), denied, onClick: () => setDialog({ kind: 'edit', row }) },
                { label: t('decisions.undo'), denied, danger: true, onClick: () => setDialog({ kind: 'undo', row }) },
              ]}
            />
          )
        }
        empty={<Empty icon="decisions" title={t('decisions.none')} />}
      />
      {shown && (
        <SidePanel label={t('decisions.details')} title={<h2>{say('action', shown.action)}</h2>} onClose={() => setOpen(null)}>
          <Facts
            items={[
              [t('decisions.risks'), Array.isArray(shown.risks) ? <span>{shown.risks.map((risk) => <div key={risk}><Link to={riskPage(risk)}>{risk}</Link></div>)}</span> : describe.risks(shown)],
              [t('decisions.scope'), describe.scope(shown)],
              [t('decisions.matches'), `${t('handle.pairs', { n: shown.matches })} · ${t('n.risks', { n: shown.risks_hit })} · ${t('n.images', { n: shown.images_hit })}`],
              [t('decisions.expires'), describe.expires(shown)],
              [t('word.reason'), shown.reason],
              [t('handle.justification'), shown.justification && say('justification', shown.justification)],
              [t('decisions.author'), shown.author],
              [t('decisions.made'), <When key="made" time={shown.created_at} exact />],
              [t('decisions.changed'), <When key="changed" time={shown.updated_at} exact />],
            ]}
          />
          <DecisionHistory id={shown.id} />
        </SidePanel>
      )}
      {dialog?.kind === 'edit' && <HandleDialog action={dialog.row.action} risks={dialog.row.risks} decision={dialog.row} onClose={close} />}
      {dialog?.kind === 'undo' && (
        <Confirm title={t('decisions.undo')} action={t('decisions.undo')} run={() => api.undoDecision(dialog.row.id)} onDone={() => { done('do.undone', 'decisions', 'risks', 'risk', 'image', 'images', 'overview', 'history'); close(); }} onClose={close}>
          {t('decisions.undoSure', { n: dialog.row.matches })}
        </Confirm>
      )}
    </>
  );
}

function DecisionHistory({ id }: { id: string }) {
  const { t } = useI18n();
  const list = useList<HistoryEntry>(['history'], api.history, { decision: id });
  return (
    <>
      <h2 className="sub-head">{t('decisions.history')}</h2>
      <HistoryList list={list} />
    </>
  );
}

/** A decision's parts in words. */
function useDescription() {
  const { t, say, language } = useI18n();
  const registries = useRegistryOptions();
  const filter = (fields: Record<string, string>) => t('decisions.filter', { filter: Object.entries(fields).map(([name, value]) => `${name}=${value}`).join(' ') });
  return {
    risks: ({ risks }: DecisionRow) => (Array.isArray(risks) ? (risks.length > 3 ? `${risks.slice(0, 3).join(', ')} ${t('handle.more', { n: risks.length - 3 })}` : risks.join(', ')) : filter(risks.filter)),
    scope: ({ scope }: DecisionRow) => {
      if (scope.all) return t('decisions.everything');
      const parts = [
        ...(scope.sources ?? []).map((source) => say('source', source)),
        ...(scope.registry_kinds ?? []).map((kind) => say('registry-kind', kind)),
        ...(scope.registries ?? []).map((id) => registries.find((one) => one.value === id)?.label ?? id),
        ...(scope.repositories ?? []),
        ...(scope.images?.length ? [t('n.images', { n: scope.images.length })] : []),
        ...(scope.filter ? [filter(scope.filter)] : []),
      ];
      return parts.join(', ');
    },
    expires: ({ expires, ended_at }: DecisionRow) => {
      if (ended_at) return t('decisions.ended', { time: moment(ended_at, language) });
      if (expires.when_fixable) return t('decisions.whenFixable');
      return expires.at ? moment(expires.at, language) : t('decisions.forGood');
    },
  };
}
