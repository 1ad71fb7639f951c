// Everything a row of the risk view can show.
import { Link } from 'react-router';
import type { RiskRow } from '../api/types';
import { useI18n, type Word } from '../i18n';
import { day, percent } from '../lib/format';
import { When } from '../ui/Bits';
import { KevChip, SeverityChip, Tag, UrgencyText } from '../ui/Chips';
import type { Column } from '../ui/DataTable';
import { Hint } from '../ui/Hint';
import { riskPage } from './tabs';

const NAMES = { vulnerability: 'risk.vulnerability', name: 'risk.name', item: 'risk.item', rule: 'risk.rule', software: 'risk.software' } as const satisfies Record<string, Word>;

export type ColumnKey =
  | keyof typeof NAMES
  | 'severity' | 'urgency' | 'cvss' | 'epss' | 'fixable' | 'components' | 'images' | 'handling' | 'firstSeen' | 'published' | 'category' | 'baseline' | 'aliases' | 'inherited';

const OPTIONAL: ColumnKey[] = ['published', 'aliases', 'inherited'];

/** The columns of a tab: those it names, then those people may add. */
export function useColumns(keys: ColumnKey[], open: (row: RiskRow) => void): Column<RiskRow>[] {
  const { t, say, language } = useI18n();
  const column = (key: ColumnKey): Column<RiskRow> => {
    if (key in NAMES) {
      return { key, label: t(NAMES[key as keyof typeof NAMES]), sort: 'id', width: 250, cell: (row) => <NameCell row={row} open={open} /> };
    }
    switch (key) {
      case 'severity': return { key, label: t('word.severity'), sort: 'severity', cell: (row) => <SeverityChip severity={row.severity} /> };
      case 'urgency': return { key, label: t('word.urgency'), sort: 'urgency', cell: (row) => <UrgencyText urgency={row.urgency} /> };
      case 'cvss': return { key, label: t('risk.cvss'), sort: 'cvss', align: 'right', cell: (row) => row.cvss?.toFixed(1) ?? <span className="quiet">–</span> };
      case 'epss': return { key, label: t('risk.epss'), sort: 'epss', align: 'right', cell: (row) => <Epss row={row} /> };
      case 'fixable': return { key, label: t('risk.fixable'), cell: (row) => <Tag tone={row.fixable === 'yes' ? 'safe' : row.fixable === 'partly' ? 'medium' : 'unknown'}>{say('fixable', row.fixable)}</Tag> };
      case 'components': return { key, label: t('risk.components'), width: 140, cell: (row) => <span className="cell-sub">{row.components.join(', ')}</span> };
      case 'images': return { key, label: t('risk.affected'), sort: 'images', width: 210, grow: true, cell: (row) => <ImagesCell row={row} /> };
      case 'handling': return { key, label: t('risk.handling'), cell: (row) => <Handling row={row} /> };
      case 'firstSeen': return { key, label: t('risk.firstSeen'), sort: 'first_seen', cell: (row) => <When time={row.first_seen} /> };
      case 'published': return { key, label: t('risk.published'), sort: 'published', cell: (row) => (row.published ? <span className="line">{day(row.published, language)}</span> : <span className="quiet">–</span>) };
      case 'category': return { key, label: t('risk.category'), cell: (row) => row.category ?? <span className="quiet">–</span> };
      case 'baseline': return { key, label: t('risk.baseline'), cell: (row) => row.category ?? <span className="quiet">–</span> };
      case 'inherited': return { key, label: t('risk.inherited'), align: 'right', cell: (row) => row.inherited };
      default: return { key, label: t('risk.aliases'), cell: (row) => <span className="cell-sub">{row.aliases.join(', ')}</span> };
    }
  };
  return [...keys.map(column), ...OPTIONAL.filter((key) => !keys.includes(key)).map((key) => ({ ...column(key), optional: true }))];
}

function NameCell({ row, open }: { row: RiskRow; open: (row: RiskRow) => void }) {
  return (
    <>
      <span style={{ display: 'inline-flex', gap: 6, alignItems: 'center', flexWrap: 'wrap' }}>
        <a
          className="cell-main"
          href={riskPage(row.id)}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            open(row);
          }}
        >
          {row.kind === 'vulnerability' ? row.name : row.title || row.name}
        </a>
        {row.kev_added && <KevChip since={row.kev_added} />}
      </span>
      <span className="cell-sub">{row.kind === 'vulnerability' ? row.title : row.name}</span>
    </>
  );
}

function Epss({ row }: { row: RiskRow }) {
  const { t } = useI18n();
  if (row.epss == null) return <span className="quiet">–</span>;
  const value = percent(row.epss);
  if (row.epss_percentile == null) return value;
  return <Hint label={t('risk.epssOf', { percentile: percent(row.epss_percentile) })}>{value}</Hint>;
}

/** How many images, and which: always by name. */
function ImagesCell({ row }: { row: RiskRow }) {
  const { t } = useI18n();
  const more = row.images - row.image_names.length;
  return (
    <>
      <Link to={`?open=${encodeURIComponent(row.id)}&tab=images`} onClick={(event) => event.stopPropagation()} className="num">{t('n.images', { n: row.images })}</Link>
      <span className="cell-sub" title={row.image_names.join('\n')}>
        {row.image_names.join(', ')} {more > 0 && t('risk.moreImages', { n: more })}
      </span>
    </>
  );
}

function Handling({ row }: { row: RiskRow }) {
  const { say } = useI18n();
  const parts = (['reopened', 'ignored', 'whitelisted', 'fixed'] as const).filter((state) => row.states[state] > 0);
  if (parts.length === 0) return <span className="quiet line">{say('state', 'open')}</span>;
  return (
    <span style={{ display: 'inline-flex', gap: 4, flexWrap: 'wrap' }}>
      {parts.map((state) => (
        <Tag key={state}>{say('state', state)} {row.states[state]}</Tag>
      ))}
    </span>
  );
}
