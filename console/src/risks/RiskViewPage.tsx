// The risk view: one risk, all images that have it.
import { Button, NativeSelect, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { api } from '../api/calls';
import type { Action, RiskRow } from '../api/types';
import { NotFound } from '../app/NotFound';
import { useSession } from '../app/session';
import { useI18n } from '../i18n';
import { useList } from '../lib/list';
import { useChangeAddress, useListUrl, writeParams } from '../lib/url';
import { SOURCES } from '../lib/words';
import { PageHead } from '../ui/Bits';
import { useShownColumns } from '../ui/columns';
import { DataTable } from '../ui/DataTable';
import { FilterBar } from '../ui/FilterBar';
import { Icon } from '../ui/Icon';
import { LinkTabs } from '../ui/LinkTabs';
import { RowMenu } from '../ui/RowMenu';
import { SavedViews } from '../ui/SavedViews';
import { BulkBar } from './BulkBar';
import { useColumns } from './columns';
import { NoRisks } from './empty';
import { EvidenceList } from './Evidence';
import { useRiskFilters } from './filters';
import { ExcludePathsDialog, ExportDialog, HandleDialog, RiskDrawer, WeakPasswordsDialog } from '../app/later';
import { countOf, filtersOn, type RiskTab, TABS } from './tabs';

export default function RiskViewPage() {
  const { tab: tabKey, sub } = useParams();
  const tab = TABS.find((one) => one.key === tabKey);
  const part = tab?.parts ? (tab.parts.find((one) => one.key === (sub ?? tab.parts?.[0]?.key))) : tab;
  if (!tab || !part) return <NotFound />;
  return <RiskView tab={tab} part={part} key={part.key} />;
}

/** Risks by kind and class, as filtered. */
function useCounts(filters: Record<string, string>) {
  return useQuery({ queryKey: ['risks', 'counts', filters], queryFn: () => api.risks({ ...filters, limit: 1 }), placeholderData: (before) => before }).data?.facets;
}

type Handling = { action: Action; ids: string[] | null };

function RiskView({ tab, part }: { tab: (typeof TABS)[number]; part: RiskTab }) {
  const { t, say } = useI18n();
  const { may } = useSession();
  const url = useListUrl();
  const [params] = useSearchParams();
  const change = useChangeAddress();
  const [selected, setSelected] = useState<Set<string>>(new Set());
  const [everything, setEverything] = useState(false);
  const [handling, setHandling] = useState<Handling | null>(null);
  const [dialog, setDialog] = useState<'export' | 'weak' | 'exclude' | null>(null);
  const kind = part.ask.kind ?? '';
  const query = useMemo(() => ({ ...part.ask, ...url.query }), [part, url.query]);
  const list = useList<RiskRow>(['risks'], api.risks, query);
  const filters = useRiskFilters(kind);
  const open = params.get('open');
  const show = useCallback((id: string | null, tab?: string) => change((before) => writeParams(before, { open: id, tab: id ? (tab ?? before.get('tab')) : null })), [change]);
  const columns = useShownColumns(`risks.${part.key}`, useColumns(part.columns, (row) => show(row.id)));
  const { sort: _, ...common } = url.query;
  const vulnerabilities = useCounts(filtersOn(TABS[0], common));
  const others = useCounts(filtersOn(TABS[2], common));
  const counted = (one: RiskTab) => countOf(one, one.ask.kind === 'vulnerability' ? vulnerabilities : others);
  useEffect(() => {
    setSelected(new Set());
    setEverything(false);
  }, [url.query]);

  const { sort: _sort, ...filter } = query;
  const chosen = everything ? { filter: filter as Record<string, string> } : [...(handling?.ids ?? selected)];
  const step = (by: 1 | -1) => {
    const next = list.rows[list.rows.findIndex((row) => row.id === open) + by];
    if (next) show(next.id);
  };
  const addressOf = (one: RiskTab, key: string) => {
    const kept = new URLSearchParams(filtersOn(one, common));
    return `/risks/${key}${kept.size ? `?${kept}` : ''}`;
  };
  const denied = may('operator') ? undefined : t('state.needsRole', { role: say('role', 'operator') });

  return (
    <div className="page">
      <PageHead title={t('nav.risks')} hint={t('risks.hint')}>
        {part.key === 'weak-password' && <Button variant="default" disabled={!!denied} title={denied} onClick={() => setDialog('weak')}>{t('risks.manageWeak')}</Button>}
        {part.key === 'secrets' && <Button variant="default" disabled={!!denied} title={denied} onClick={() => setDialog('exclude')}>{t('risks.excludePath')}</Button>}
        <Button variant="default" component={Link} to="/decisions" leftSection={<Icon name="decisions" size={14} />}>{t('nav.decisions')}</Button>
        <Button variant="default" leftSection={<Icon name="export" size={14} />} onClick={() => setDialog('export')}>{t('export.title')}</Button>
      </PageHead>
      <LinkTabs label={t('risks.tabs')} current={tab.key} tabs={TABS.map((one) => ({ key: one.key, label: t(one.label), to: addressOf(one, one.key), count: counted(one) }))} />
      {tab.parts && <LinkTabs small label={t('risks.settingsTabs')} current={part.key} tabs={tab.parts.map((one) => ({ key: one.key, label: t(one.label), to: addressOf(one, `settings/${one.key}`), count: counted(one) }))} />}
      <FilterBar filters={filters} url={url} facets={list.facets} searchLabel={t('risks.searchIn')} elsewhere={['source']}>
        <NativeSelect
          size="xs"
          w={170}
          aria-label={t('risks.source')}
          data={[{ value: '', label: t('risks.allSources') }, ...SOURCES.map((value) => ({ value, label: say('source', value) }))]}
          value={url.filters.source ?? ''}
          onChange={(event) => url.set({ source: event.currentTarget.value })}
        />
        <SegmentedControl
          size="xs"
          aria-label={t('risks.showWhich')}
          data={[{ value: '', label: t('risks.unhandled') }, { value: 'all', label: t('risks.all') }, { value: 'handled', label: t('risks.handled') }]}
          value={url.filters.state ?? ''}
          onChange={(state) => url.set({ state })}
        />
        {columns.chooser}
        <SavedViews list="risks" />
      </FilterBar>
      <BulkBar selected={selected.size} total={list.total} everything={everything} onEverything={() => setEverything(true)} onClear={() => { setSelected(new Set()); setEverything(false); }} denied={denied} onAction={(action) => setHandling({ action, ids: null })} onExport={() => setDialog('export')} />
      <DataTable
        label={t(part.label)}
        list={list}
        columns={columns.shown}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        sort={url.sort}
        onSort={(sort) => url.set({ sort })}
        open={open}
        onOpen={(row) => show(row.id)}
        selection={{ ids: selected, set: (ids) => { setSelected(ids); setEverything(false); } }}
        unfold={part.unfold ? (row) => <EvidenceList risk={row.id} kind={row.kind} /> : undefined}
        actions={(row) => (
          <RowMenu
            name={row.name}
            items={[
              { label: t('risk.details'), onClick: () => show(row.id, 'overview') },
              ...(['ignore', 'unignore', 'whitelist'] as const).map((action) => ({ label: say('action', action), denied, onClick: () => { setEverything(false); setHandling({ action, ids: [row.id] }); } })),
              { label: t('panel.fix'), onClick: () => show(row.id, 'fix') },
            ]}
          />
        )}
        empty={<NoRisks filtered={Object.keys(url.filters).length > 0 || url.q !== ''} clear={url.clear} />}
      />
      {open && <RiskDrawer id={open} onClose={() => show(null)} onStep={list.rows.some((row) => row.id === open) ? step : undefined} />}
      {handling && <HandleDialog action={handling.action} risks={chosen} onClose={() => setHandling(null)} onDone={() => setSelected(new Set())} />}
      {dialog === 'export' && <ExportDialog lists={['findings', 'risks']} filter={selected.size && !everything ? { ...part.ask, ...(url.filters.state && { state: url.filters.state }), id: [...selected].join(',') } : (query as Record<string, string>)} onClose={() => setDialog(null)} />}
      {dialog === 'weak' && <WeakPasswordsDialog onClose={() => setDialog(null)} />}
      {dialog === 'exclude' && <ExcludePathsDialog onClose={() => setDialog(null)} />}
    </div>
  );
}
