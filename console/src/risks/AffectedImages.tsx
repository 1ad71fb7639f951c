// The images of one risk, and the base images they come from.
import { useState } from 'react';
import { Link } from 'react-router';
import { api } from '../api/calls';
import type { Action, ImageRow, RiskDetail } from '../api/types';
import { useSession } from '../app/session';
import { useI18n } from '../i18n';
import { bytes, count } from '../lib/format';
import { useList } from '../lib/list';
import { useListUrl } from '../lib/url';
import { STATES } from '../lib/words';
import { When } from '../ui/Bits';
import { LevelChip, StateChip } from '../ui/Chips';
import { type Column, DataTable } from '../ui/DataTable';
import { FilterBar } from '../ui/FilterBar';
import { RowMenu } from '../ui/RowMenu';
import { Empty } from '../ui/States';
import { HandleDialog } from '../app/later';

export function AffectedImages({ risk }: { risk: RiskDetail }) {
  const { t, say } = useI18n();
  const { may } = useSession();
  const url = useListUrl('i.');
  const [handling, setHandling] = useState<{ action: Action; image: ImageRow } | null>(null);
  const list = useList<ImageRow>(['risk', risk.id, 'images'], api.riskImages(risk.id), { state: 'all', ...url.query });
  const columns: Column<ImageRow>[] = [
    { key: 'name', label: t('word.image'), sort: 'name', grow: true, width: 220, cell: (row) => <><Link className="cell-main" to={`/image/${row.id}`}>{row.repository}{row.tag && `:${row.tag}`}</Link><span className="cell-sub">{[row.registry_name, row.platform, bytes(row.size)].filter(Boolean).join(' · ')}</span></> },
    { key: 'state', label: t('word.state'), cell: (row) => row.state && <StateChip state={row.state} /> },
    { key: 'level', label: t('image.level'), sort: 'level', cell: (row) => <LevelChip level={row.risk_level} from={row.risk_level_from} /> },
    { key: 'base', label: t('risk.base'), cell: (row) => <span className="cell-sub">{row.base ?? '–'}</span> },
    { key: 'scanned', label: t('image.scannedShort'), sort: 'scanned', cell: (row) => <When time={row.scanned_at} /> },
  ];
  const denied = may('operator') ? undefined : t('state.needsRole', { role: say('role', 'operator') });
  return (
    <>
      <FilterBar
        url={url}
        facets={list.facets}
        searchLabel={t('images.searchIn')}
        filters={[
          { name: 'state', label: t('word.state'), options: STATES.map((value) => ({ value, label: say('state', value) })), pinned: true },
          { name: 'base', label: t('risk.base') },
          { name: 'repository', label: t('risk.repository'), placeholder: 'team/*' },
        ]}
      />
      <Bases list={list.rows} counts={list.facets.base} chosen={url.filters.base} choose={(base) => url.set({ base })} />
      <DataTable
        flow
        label={t('panel.images')}
        list={list}
        columns={columns}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        sort={url.sort}
        onSort={(sort) => url.set({ sort })}
        actions={(row) => (
          <RowMenu name={row.name} items={(['ignore', 'unignore', 'whitelist'] as const).map((action) => ({ label: say('action', action), denied, onClick: () => setHandling({ action, image: row }) }))} />
        )}
        empty={<Empty icon="images" title={t('risk.notFound')} />}
      />
      {handling && <HandleDialog action={handling.action} risks={[risk.id]} image={handling.image} onClose={() => setHandling(null)} />}
    </>
  );
}

/** Base images by how many of the images come from them: fix those, and the rest follows. */
function Bases({ list, counts, chosen, choose }: { list: ImageRow[]; counts?: Record<string, number>; chosen?: string; choose: (base: string | null) => void }) {
  const { t, language } = useI18n();
  const groups = new Map(Object.entries(counts ?? {}));
  if (!counts) for (const row of list) if (row.base) groups.set(row.base, (groups.get(row.base) ?? 0) + 1);
  const sorted = [...groups].filter(([base, n]) => base && n > 0).sort((a, b) => b[1] - a[1]).slice(0, 12);
  if (sorted.length === 0) return null;
  return (
    <div className="bases" role="group" aria-label={t('panel.byBase')}>
      <span className="quiet small">{t('panel.byBase')}</span>
      {sorted.map(([base, n]) => (
        <button key={base} type="button" aria-pressed={base === chosen} onClick={() => choose(base === chosen ? null : base)}>
          {base} <span className="num quiet">{count(n, language)}</span>
        </button>
      ))}
    </div>
  );
}
