// Who did what to which risk on which images when.
import { Link } from 'react-router';
import type { HistoryEntry } from '../api/types';
import { useI18n } from '../i18n';
import type { List } from '../lib/list';
import { When } from '../ui/Bits';
import { type Column, DataTable } from '../ui/DataTable';
import { Empty } from '../ui/States';

export function HistoryList({ list, fill = false }: { list: List<HistoryEntry>; fill?: boolean }) {
  const { t, say } = useI18n();
  const columns: Column<HistoryEntry>[] = [
    { key: 'at', label: t('history.when'), cell: (row) => <When time={row.at} exact /> },
    { key: 'actor', label: t('history.who'), cell: (row) => row.actor },
    { key: 'action', label: t('history.what'), cell: (row) => (row.decision ? <Link to={`/decisions?state=all&open=${row.decision}`}>{say('done', row.action)}</Link> : say('done', row.action)) },
    { key: 'hit', label: t('history.hit'), width: 200, grow: true, cell: (row) => <Hit row={row} /> },
    { key: 'why', label: t('history.why'), width: 140, cell: (row) => row.reason },
  ];
  return <DataTable flow={!fill} label={t('panel.history')} list={list} columns={columns} rowId={(row) => row.id} rowName={(row) => row.id} empty={<Empty icon="audit" title={t('panel.noHistory')} />} />;
}

function Hit({ row }: { row: HistoryEntry }) {
  const { t } = useI18n();
  return (
    <>
      {t('n.risks', { n: row.risk_count })} · {t('n.images', { n: row.image_count })}
      <span className="cell-sub" title={row.image_names.join('\n')}>
        {row.risks.slice(0, 3).join(', ')} · {row.image_names.slice(0, 3).join(', ')}
      </span>
    </>
  );
}
