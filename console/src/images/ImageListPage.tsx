// The image view: one image, all its risks.
import { Button, Checkbox } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { api } from '../api/calls';
import type { ImageRow, ImageSource } from '../api/types';
import { NotFound } from '../app/NotFound';
import { useSession } from '../app/session';
import { useI18n } from '../i18n';
import { useList } from '../lib/list';
import { useListUrl } from '../lib/url';
import { SOURCES } from '../lib/words';
import { ExportDialog, ScanDialog, SyncDialog } from '../app/later';
import { PageHead } from '../ui/Bits';
import { useShownColumns } from '../ui/columns';
import { DataTable } from '../ui/DataTable';
import { FilterBar } from '../ui/FilterBar';
import { Icon } from '../ui/Icon';
import { LinkTabs } from '../ui/LinkTabs';
import { RowMenu } from '../ui/RowMenu';
import { SavedViews } from '../ui/SavedViews';
import { useComplain, useSay } from '../ui/say';
import { useImageColumns } from './columns';
import { NoImages } from './empty';
import { useImageFilters } from './filters';
import type { ScanChoice } from './ScanDialog';

export default function ImageListPage() {
  const { source } = useParams();
  if (!SOURCES.includes(source as ImageSource)) return <NotFound />;
  return <ImageList source={source as ImageSource} key={source} />;
}

function ImageList({ source }: { source: ImageSource }) {
  const { t, say } = useI18n();
  const { may } = useSession();
  const navigate = useNavigate();
  const url = useListUrl();
  const tell = useSay();
  const complain = useComplain();
  const queries = useQueryClient();
  const [selected, setSelected] = useState<Set<string>>(new Set());
  const [scan, setScan] = useState<ScanChoice | null>(null);
  const [dialog, setDialog] = useState<'sync' | 'export' | null>(null);
  const query = useMemo(() => ({ source, ...url.query }), [source, url.query]);
  const list = useList<ImageRow>(['images'], api.images, query);
  const columns = useShownColumns(`images.${source}`, useImageColumns(source));
  const filters = useImageFilters(source);
  const counts = useQuery({ queryKey: ['images', 'sources'], queryFn: () => api.images({ limit: 1 }) });
  useEffect(() => setSelected(new Set()), [url.query]);
  const forget = useMutation({
    mutationFn: (id: string) => api.deleteImage(id),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['images'] });
      tell(t('images.forgotten'));
    },
    onError: complain,
  });
  const { sort: _, ...filter } = query as Record<string, string>;
  const denied = may('operator') ? undefined : t('state.needsRole', { role: say('role', 'operator') });
  const filtered = Object.keys(url.filters).length > 0 || url.q !== '';
  return (
    <div className="page">
      <PageHead title={t('nav.images')} hint={t('images.hint')}>
        {source === 'registry' && <Button variant="default" disabled={!!denied} title={denied} leftSection={<Icon name="sync" size={14} />} onClick={() => setDialog('sync')}>{t('images.sync')}</Button>}
        <Button variant="default" component={Link} to="/tasks" leftSection={<Icon name="tasks" size={14} />}>{t('nav.tasks')}</Button>
        <Button variant="default" leftSection={<Icon name="export" size={14} />} onClick={() => setDialog('export')}>{t('export.title')}</Button>
        {source === 'registry' && (
          <Button disabled={!!denied} title={denied} leftSection={<Icon name="scan" size={14} />} onClick={() => setScan(selected.size ? { images: [...selected] } : { filter, total: list.total ?? 0 })}>
            {selected.size ? `${t('images.scan')} (${selected.size})` : t('images.scanAll')}
          </Button>
        )}
      </PageHead>
      <LinkTabs label={t('images.tabs')} current={source} tabs={SOURCES.map((one) => ({ key: one, label: say('source', one), to: `/images/${one}`, count: counts.data?.facets?.source ? (counts.data.facets.source[one] ?? 0) : undefined }))} />
      <FilterBar filters={filters} url={url} facets={list.facets} searchLabel={t('images.searchIn')}>
        <Checkbox size="xs" mr={6} label={t('images.latest')} checked={url.filters.latest === 'true'} onChange={(event) => url.set({ latest: event.currentTarget.checked ? 'true' : null })} />
        {columns.chooser}
        <SavedViews list="images" />
      </FilterBar>
      <DataTable
        label={say('source', source)}
        list={list}
        columns={columns.shown}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        sort={url.sort}
        onSort={(sort) => url.set({ sort })}
        onOpen={(row) => navigate(`/image/${row.id}`)}
        selection={source === 'registry' ? { ids: selected, set: setSelected } : undefined}
        actions={(row) => (
          <RowMenu
            name={row.name}
            items={[
              { label: t('images.view'), onClick: () => navigate(`/image/${row.id}`) },
              ...(source === 'registry' ? [{ label: t('images.scan'), denied, onClick: () => setScan({ images: [row.id] }) }] : []),
              ...(source !== 'registry' || row.gone ? [{ label: t('images.forget'), denied, danger: true, onClick: () => forget.mutate(row.id) }] : []),
            ]}
          />
        )}
        empty={<NoImages source={source} filtered={filtered} clear={url.clear} />}
      />
      {scan && <ScanDialog choice={scan} onClose={() => setScan(null)} />}
      {dialog === 'sync' && <SyncDialog onClose={() => setDialog(null)} />}
      {dialog === 'export' && <ExportDialog lists={['images', 'findings', 'components']} filter={query as Record<string, string>} onClose={() => setDialog(null)} />}
    </div>
  );
}
