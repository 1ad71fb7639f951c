// What a row of the image view shows.
import { Link } from 'react-router';
import type { Counters, ImageRow, ImageSource, RiskKind } from '../api/types';
import { useI18n } from '../i18n';
import { bytes, shortDigest, sum } from '../lib/format';
import { SEVERITIES } from '../lib/words';
import { When } from '../ui/Bits';
import { LevelChip, SeverityCounts, StatusText, Tag } from '../ui/Chips';
import type { Column } from '../ui/DataTable';
import { Hint } from '../ui/Hint';

const UNSAFE: RiskKind[] = ['configuration', 'password-policy', 'weak-password'];

export function useImageColumns(source: ImageSource): Column<ImageRow>[] {
  const { t, say } = useI18n();
  const kind = (key: string, label: string, kinds: RiskKind[], optional = false): Column<ImageRow> => ({
    key, label, optional, align: 'right', cell: (row) => <KindCount counters={row.counters} kinds={kinds} />,
  });
  const all: (Column<ImageRow> | false)[] = [
    { key: 'name', label: t('images.name'), sort: 'name', width: 220, grow: true, cell: (row) => <NameCell row={row} /> },
    { key: 'tag', label: t('images.tag'), width: 120, cell: (row) => <span className="break">{row.tag ?? <code>{shortDigest(row.digest)}</code>} {row.latest && <Hint label={t('image.latestTag')}><Tag tone="low">latest</Tag></Hint>}</span> },
    { key: 'organization', label: t('images.organization'), cell: (row) => row.organization || <span className="quiet">–</span> },
    source === 'cicd' && { key: 'pipeline', label: t('images.pipeline'), cell: (row) => row.pipeline ?? <span className="quiet">–</span> },
    { key: 'size', label: t('word.size'), sort: 'size', align: 'right', cell: (row) => <span className="line">{bytes(row.size)}</span> },
    { key: 'level', label: t('image.level'), sort: 'level', cell: (row) => <LevelChip level={row.risk_level} from={row.risk_level_from} /> },
    kind('malicious', say('kind', 'malicious-file'), ['malicious-file']),
    kind('unsafe', t('images.unsafe'), UNSAFE),
    { key: 'vulnerabilities', label: say('kind', 'vulnerability'), sort: 'risks', cell: (row) => <SeverityCounts counts={row.counters.vulnerability} /> },
    kind('secrets', say('kind', 'secret'), ['secret']),
    kind('compliance', say('kind', 'compliance'), ['compliance'], true),
    kind('bases', say('kind', 'base-image'), ['base-image'], true),
    { key: 'os', label: t('image.os'), optional: true, cell: (row) => row.os ?? <span className="quiet">–</span> },
    { key: 'base', label: t('risk.base'), optional: true, cell: (row) => row.base ?? <span className="quiet">–</span> },
    { key: 'platform', label: t('word.platform'), optional: true, cell: (row) => row.platform },
    { key: 'digest', label: t('images.digest'), optional: true, cell: (row) => <code>{shortDigest(row.digest)}</code> },
    { key: 'created', label: t('image.created'), sort: 'created', cell: (row) => <When time={row.created} empty="–" /> },
    { key: 'updated', label: t('image.updated'), sort: 'updated', optional: true, cell: (row) => <When time={row.updated_at} /> },
    { key: 'scanned', label: t('image.scanned'), sort: 'scanned', cell: (row) => <When time={row.scanned_at} /> },
    { key: 'status', label: t('word.status'), sort: 'status', cell: (row) => <ScanStatusCell row={row} /> },
  ];
  return all.filter((column) => column !== false);
}

function NameCell({ row }: { row: ImageRow }) {
  const { t, say } = useI18n();
  const where = [row.registry_name ?? say('source', row.source), row.registry_kind && say('registry-kind', row.registry_kind), row.platform].filter(Boolean).join(' · ');
  return (
    <>
      <Link className="cell-main" to={`/image/${row.id}`} style={{ color: 'var(--link)' }}>{row.repository}</Link> {row.gone && <Tag>{t('image.goneTag')}</Tag>}
      <span className="cell-sub">{where}</span>
    </>
  );
}

/** How many of these kinds; the worst severity gives the colour, its word the title. */
function KindCount({ counters, kinds }: { counters: Counters; kinds: RiskKind[] }) {
  const { say } = useI18n();
  const total = kinds.reduce((all, kind) => all + sum(counters[kind]), 0);
  if (total === 0) return <span className="quiet">0</span>;
  const worst = SEVERITIES.find((severity) => kinds.some((kind) => counters[kind]?.[severity])) ?? 'unknown';
  return <span className={`count tone-${worst}`} title={say('severity', worst)}>{total}<span className="sr"> {say('severity', worst)}</span></span>;
}

export function ScanStatusCell({ row }: { row: Pick<ImageRow, 'status' | 'failure'> }) {
  if (!row.failure) return <StatusText family="status" status={row.status} />;
  return (
    <Hint label={`${row.failure.why}. ${row.failure.remedy}`}>
      <StatusText family="status" status={row.status} />
    </Hint>
  );
}
