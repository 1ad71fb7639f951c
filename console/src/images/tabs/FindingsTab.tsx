// The findings of one kind in one image.
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { Button } from '@mantine/core';
import { api } from '../../api/calls';
import type { Action, FindingRow, ImageSummary, RiskKind } from '../../api/types';
import { useSession } from '../../app/session';
import { useI18n } from '../../i18n';
import { day } from '../../lib/format';
import { useList } from '../../lib/list';
import { useChangeAddress, useListUrl, writeParams } from '../../lib/url';
import { SEVERITIES, STATES, URGENCIES } from '../../lib/words';
import { BulkBar } from '../../risks/BulkBar';
import { DetailFacts, Places } from '../../risks/Evidence';
import { ExcludePathsDialog, HandleDialog, RiskDrawer, WeakPasswordsDialog } from '../../app/later';
import { useShownColumns } from '../../ui/columns';
import { DataTable } from '../../ui/DataTable';
import { type Filter, FilterBar } from '../../ui/FilterBar';
import { RowMenu } from '../../ui/RowMenu';
import { NoFindings } from './NoFindings';
import { useFindingColumns } from './findingColumns';

const rowId = (row: FindingRow) => [row.risk, row.component, row.evidence[0]?.path, row.evidence[0]?.inner_path, row.evidence[0]?.line].join(' ');

export function FindingsTab({ image, kind }: { image: ImageSummary; kind: RiskKind }) {
  const { t, say } = useI18n();
  const { may } = useSession();
  const url = useListUrl();
  const [params] = useSearchParams();
  const change = useChangeAddress();
  const [selected, setSelected] = useState<Set<string>>(new Set());
  const [handling, setHandling] = useState<{ action: Action; risks: string[] } | null>(null);
  const [dialog, setDialog] = useState<'weak' | 'exclude' | null>(null);
  const query = useMemo(() => ({ kind, state: 'all', ...url.query }), [kind, url.query]);
  const list = useList<FindingRow>(['image', image.id, 'findings'], api.imageFindings(image.id), query);
  const open = params.get('open');
  const show = useCallback((risk: string | null) => change((before) => writeParams(before, { open: risk, tab: risk ? before.get('tab') : null })), [change]);
  const columns = useShownColumns(`findings.${kind}`, useFindingColumns(kind, (row) => show(row.risk)));
  useEffect(() => setSelected(new Set()), [url.query]);
  const denied = may('operator') ? undefined : t('state.needsRole', { role: say('role', 'operator') });
  const risksOf = (ids: Set<string>) => [...new Set(list.rows.filter((row) => ids.has(rowId(row))).map((row) => row.risk))];
  const step = (by: 1 | -1) => {
    const at = list.rows.findIndex((row) => row.risk === open);
    for (let index = at + by; index >= 0 && index < list.rows.length; index += by) {
      const risk = list.rows[index]?.risk;
      if (risk && risk !== open) return show(risk);
    }
  };
  return (
    <div className="tab-body">
      <FilterBar filters={useFindingFilters(kind)} url={url} facets={list.facets} searchLabel={t('finding.search')}>
        {kind === 'weak-password' && <Button variant="default" disabled={!!denied} title={denied} onClick={() => setDialog('weak')}>{t('risks.manageWeak')}</Button>}
        {kind === 'secret' && <Button variant="default" disabled={!!denied} title={denied} onClick={() => setDialog('exclude')}>{t('risks.excludePath')}</Button>}
        {columns.chooser}
      </FilterBar>
      <BulkBar selected={selected.size} total={list.total} everything={false} onClear={() => setSelected(new Set())} denied={denied} onAction={(action) => setHandling({ action, risks: risksOf(selected) })} />
      <DataTable
        label={say('kind', kind)}
        list={list}
        columns={columns.shown}
        rowId={rowId}
        rowName={(row) => row.id}
        sort={url.sort}
        onSort={(sort) => url.set({ sort })}
        open={list.rows.filter((row) => row.risk === open).map(rowId)[0]}
        onOpen={(row) => show(row.risk)}
        selection={{ ids: selected, set: setSelected }}
        unfold={(row) => <FindingMore row={row} />}
        actions={(row) => (
          <RowMenu
            name={row.id}
            items={[
              { label: t('risk.details'), onClick: () => show(row.risk) },
              ...(['ignore', 'unignore', 'whitelist'] as const).map((action) => ({ label: say('action', action), denied, onClick: () => setHandling({ action, risks: [row.risk] }) })),
            ]}
          />
        )}
        empty={<NoFindings image={image} filtered={Object.keys(url.filters).length > 0 || url.q !== ''} clear={url.clear} />}
      />
      {open && <RiskDrawer id={open} onClose={() => show(null)} onStep={step} />}
      {handling && <HandleDialog action={handling.action} risks={handling.risks} image={{ id: image.id, name: image.name }} onClose={() => setHandling(null)} onDone={() => setSelected(new Set())} />}
      {dialog === 'weak' && <WeakPasswordsDialog onClose={() => setDialog(null)} />}
      {dialog === 'exclude' && <ExcludePathsDialog onClose={() => setDialog(null)} />}
    </div>
  );
}

function useFindingFilters(kind: RiskKind): Filter[] {
  const { t, say } = useI18n();
  const options = (family: string, values: string[]) => values.map((value) => ({ value, label: say(family, value) }));
  const yesNo = [{ value: 'true', label: t('list.yes') }, { value: 'false', label: t('list.no') }];
  const vulnerability = kind === 'vulnerability';
  const all: (Filter | false)[] = [
    { name: 'severity', label: t('word.severity'), options: options('severity', SEVERITIES), pinned: true },
    { name: 'state', label: t('word.state'), options: options('state', STATES), pinned: true },
    vulnerability && { name: 'class', label: t('word.type'), options: options('class', ['system', 'application']), single: true, pinned: true },
    vulnerability && { name: 'fixable', label: t('risk.fixable'), options: yesNo, single: true, pinned: true },
    { name: 'urgency', label: t('word.urgency'), options: options('urgency', URGENCIES) },
    { name: 'inherited', label: t('risk.inherited'), options: yesNo, single: true },
    { name: 'present', label: t('finding.present'), options: yesNo, single: true },
    { name: 'component', label: t('risk.component') },
    { name: 'path', label: t('word.path') },
    { name: 'layer', label: t('word.layer'), type: 'number' },
  ];
  return all.filter((filter) => filter !== false);
}

/** Under the row: names, scores, description, where. */
function FindingMore({ row }: { row: FindingRow }) {
  const { t, language } = useI18n();
  const { details } = row;
  return (
    <div className="finding-more">
      {row.kind === 'vulnerability' && (
        <div>
          <strong>{[row.id, ...row.aliases].join(', ')}</strong> {details.cvss?.[0] && <>· CVSS {details.cvss[0].score.toFixed(1)}</>} {details.published && <span className="quiet">· {t('finding.fromDay', { day: day(details.published, language) })}</span>}
        </div>
      )}
      {details.description && <p>{details.description}</p>}
      {details.advice && <p><strong>{t('finding.solution')}:</strong> {details.advice}</p>}
      <Places evidence={row.evidence} />
      <DetailFacts details={details as Record<string, unknown>} />
      {row.instruction && <code className="small quiet">{row.instruction}</code>}
    </div>
  );
}
