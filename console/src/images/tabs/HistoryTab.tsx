// Every scan of the image, and everything people decided about its risks.
import { Link } from 'react-router';
import { api } from '../../api/calls';
import type { HistoryEntry, ScanRecord } from '../../api/types';
import { useI18n } from '../../i18n';
import { duration, shortDigest } from '../../lib/format';
import { useList } from '../../lib/list';
import { HistoryList } from '../../risks/HistoryList';
import { When } from '../../ui/Bits';
import { SeverityCounts } from '../../ui/Chips';
import { type Column, DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/States';
import { ScanStatusCell } from '../columns';
import type { TabProps } from '../ImagePage';

export function HistoryTab({ image }: TabProps) {
  const { t, language } = useI18n();
  const scans = useList<ScanRecord>(['image', image.id, 'history'], api.imageHistory(image.id), {});
  const handling = useList<HistoryEntry>(['image', image.id, 'handling'], api.imageHandling(image.id), {});
  const columns: Column<ScanRecord>[] = [
    { key: 'started', label: t('history.started'), cell: (row) => <When time={row.started_at} exact /> },
    { key: 'took', label: t('history.took'), cell: (row) => duration((new Date(row.finished_at).getTime() - new Date(row.started_at).getTime()) / 1000, language) },
    { key: 'status', label: t('word.status'), cell: (row) => <ScanStatusCell row={row} /> },
    { key: 'digest', label: t('images.digest'), cell: (row) => <code title={row.digest}>{shortDigest(row.digest)}</code> },
    { key: 'counts', label: t('kind.vulnerability'), cell: (row) => <SeverityCounts counts={row.counters.vulnerability} /> },
    { key: 'appeared', label: t('history.appeared'), align: 'right', cell: (row) => row.appeared },
    { key: 'vanished', label: t('history.vanished'), align: 'right', cell: (row) => row.vanished },
    { key: 'program', label: t('history.program'), cell: (row) => row.program },
    { key: 'knowledge', label: t('history.knowledge'), cell: (row) => <code title={row.knowledge ?? undefined}>{row.knowledge ? shortDigest(row.knowledge).slice(0, 19) : '–'}</code> },
  ];
  return (
    <div className="tab-flow">
      <h2 className="sub-head">{t('history.scans')}</h2>
      <DataTable
        flow
        label={t('history.scans')}
        list={scans}
        columns={columns}
        rowId={(row) => row.id}
        rowName={(row) => row.started_at}
        actions={(row) => <Link to={`/image/${image.id}/compare?with=${row.id}`} className="small">{t('history.compare')}</Link>}
        empty={<Empty icon="scan" title={t('image.unscanned')} />}
      />
      <h2 className="sub-head">{t('history.handling')}</h2>
      <HistoryList list={handling} />
    </div>
  );
}
