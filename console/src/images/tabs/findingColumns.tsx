// What a finding of an image shows, by its kind.
import type { FindingRow, RiskKind } from '../../api/types';
import { useI18n } from '../../i18n';
import { bytes, purlName } from '../../lib/format';
import { When } from '../../ui/Bits';
import { KevChip, SeverityChip, StateChip, Tag, UrgencyText } from '../../ui/Chips';
import type { Column } from '../../ui/DataTable';
import { Hint } from '../../ui/Hint';

type Key = 'name' | 'severity' | 'urgency' | 'software' | 'installed' | 'solution' | 'file' | 'path' | 'size' | 'about' | 'seen' | 'layer' | 'inherited' | 'state' | 'firstSeen' | 'present'
  | 'user' | 'service' | 'weakness' | 'policy' | 'suggestion' | 'suggestedBase' | 'baseProblem' | 'category';

const COLUMNS: Record<RiskKind, Key[]> = {
  vulnerability: ['name', 'severity', 'urgency', 'software', 'installed', 'layer', 'solution', 'state'],
  'malicious-file': ['file', 'name', 'severity', 'path', 'size', 'layer', 'state'],
  configuration: ['name', 'severity', 'path', 'layer', 'state'],
  'password-policy': ['name', 'policy', 'suggestion', 'state'],
  'weak-password': ['user', 'service', 'seen', 'weakness', 'severity', 'path', 'state'],
  secret: ['severity', 'name', 'about', 'layer', 'path', 'seen', 'state'],
  compliance: ['software', 'installed', 'name', 'severity', 'path', 'layer', 'state'],
  'base-image': ['name', 'severity', 'baseProblem', 'suggestedBase', 'state'],
};
const OPTIONAL: Key[] = ['inherited', 'firstSeen', 'present', 'category', 'path'];

export function useFindingColumns(kind: RiskKind, open: (row: FindingRow) => void): Column<FindingRow>[] {
  const { t, say } = useI18n();
  const vulnerability = kind === 'vulnerability';
  const main = (row: FindingRow, text: string, sub?: string) => (
    <>
      <button type="button" className="cell-main" onClick={() => open(row)}>{text}</button> {row.details.kev_added && <KevChip since={row.details.kev_added} />}
      {sub && sub !== text && <span className="cell-sub">{sub}</span>}
    </>
  );
  const columns: Record<Key, () => Column<FindingRow>> = {
    name: () => ({ key: 'name', label: vulnerability ? t('risk.vulnerability') : kind === 'secret' ? t('secret.rule') : t('risk.name'), sort: 'id', width: 190, cell: (row) => main(row, vulnerability || kind === 'secret' ? row.id : row.title, vulnerability ? row.title : kind === 'secret' ? undefined : row.id) }),
    severity: () => ({ key: 'severity', label: t('word.severity'), sort: 'severity', cell: (row) => <SeverityChip severity={row.severity} /> }),
    urgency: () => ({ key: 'urgency', label: t('word.urgency'), sort: 'urgency', cell: (row) => <UrgencyText urgency={row.urgency} /> }),
    software: () => ({ key: 'software', label: t('finding.software'), sort: 'component', width: 120, cell: (row) => (row.component ? <span className="break" title={row.component}>{purlName(row.component)}</span> : <span className="quiet">–</span>) }),
    installed: () => ({ key: 'installed', label: t('finding.installed'), cell: (row) => <code>{row.installed ?? '–'}</code> }),
    solution: () => ({ key: 'solution', label: t('finding.solution'), width: 150, grow: true, cell: (row) => <Solution row={row} /> }),
    file: () => ({ key: 'file', label: t('finding.file'), width: 130, cell: (row) => <span className="break">{(row.evidence[0]?.inner_path ?? row.evidence[0]?.path ?? '').split('/').pop()}</span> }),
    path: () => ({ key: 'path', label: t('word.path'), sort: 'path', width: 170, grow: true, cell: (row) => <Paths row={row} /> }),
    size: () => ({ key: 'size', label: t('word.size'), align: 'right', cell: (row) => <span className="line">{row.details.size === undefined ? '–' : bytes(row.details.size)}</span> }),
    about: () => ({ key: 'about', label: t('secret.about'), width: 160, cell: (row) => row.details.description ?? row.title }),
    seen: () => ({ key: 'seen', label: kind === 'secret' ? t('secret.seen') : t('detail.masked'), width: 130, cell: (row) => <code>{row.details.masked ?? row.evidence[0]?.value ?? '–'}</code> }),
    layer: () => ({ key: 'layer', label: t('finding.layer'), cell: (row) => <Layer row={row} /> }),
    inherited: () => ({ key: 'inherited', label: t('risk.inherited'), cell: (row) => (row.inherited == null ? '–' : row.inherited ? t('list.yes') : t('list.no')) }),
    state: () => ({ key: 'state', label: t('word.state'), cell: (row) => <StateChip state={row.standing.state} /> }),
    firstSeen: () => ({ key: 'firstSeen', label: t('risk.firstSeen'), cell: (row) => <When time={row.first_seen} empty="–" /> }),
    present: () => ({ key: 'present', label: t('finding.present'), cell: (row) => (row.present ? t('list.yes') : t('finding.buried')) }),
    category: () => ({ key: 'category', label: t('risk.category'), cell: (row) => row.details.category ?? row.details.secret_category ?? row.details.compliance_category ?? '–' }),
    user: () => ({ key: 'user', label: t('detail.user'), cell: (row) => main(row, row.details.user ?? row.title) }),
    service: () => ({ key: 'service', label: t('detail.service'), cell: (row) => row.details.service ?? '–' }),
    weakness: () => ({ key: 'weakness', label: t('detail.weakness'), width: 140, cell: (row) => row.details.weakness ?? '–' }),
    policy: () => ({ key: 'policy', label: t('kind.password-policy'), cell: (row) => <Policy row={row} /> }),
    suggestion: () => ({ key: 'suggestion', label: t('detail.suggestion'), width: 200, grow: true, cell: (row) => row.details.suggestion ?? row.details.advice ?? '–' }),
    baseProblem: () => ({ key: 'baseProblem', label: t('detail.base_problem'), cell: (row) => (row.details.base_problem ? say('base-problem', row.details.base_problem) : '–') }),
    suggestedBase: () => ({ key: 'suggestedBase', label: t('detail.suggested_base'), width: 160, grow: true, cell: (row) => row.details.suggested_base ?? '–' }),
  };
  const shown = COLUMNS[kind];
  return [...shown.map((key) => columns[key]()), ...OPTIONAL.filter((key) => !shown.includes(key)).map((key) => ({ ...columns[key](), optional: true }))];
}

/** What to do; the whole text on hover. */
function Solution({ row }: { row: FindingRow }) {
  const { t, say } = useI18n();
  const text = row.fixed ? t('finding.upgrade', { version: row.fixed }) : row.state ? say('fix-state', row.state) : t('fixable.no');
  if (!row.details.advice) return <span className="break">{text}</span>;
  return <Hint label={row.details.advice} className="break solution">{text}</Hint>;
}

function Paths({ row }: { row: FindingRow }) {
  const { t } = useI18n();
  const first = row.evidence[0];
  if (!first) return <span className="quiet">–</span>;
  return (
    <>
      <code>{first.path}{first.inner_path && `!${first.inner_path}`}{first.line != null && `:${first.line}`}</code>
      {row.evidence.length > 1 && <span className="quiet small"> {t('handle.more', { n: row.evidence.length - 1 })}</span>}
    </>
  );
}

function Layer({ row }: { row: FindingRow }) {
  const { t } = useI18n();
  return (
    <span className="line" title={row.instruction ?? undefined}>
      {row.evidence[0]?.layer ?? '–'} {row.inherited != null && <Tag tone={row.inherited ? 'low' : 'unknown'}>{row.inherited ? t('finding.inherited') : t('finding.own')}</Tag>}
      {!row.present && <span className="cell-sub">{t('finding.buried')}</span>}
    </span>
  );
}

/** The five questions of a password policy, each passed or not. */
function Policy({ row }: { row: FindingRow }) {
  const { t } = useI18n();
  const { length_ok, upper_ok, lower_ok, digit_ok, special_ok, min_length } = row.details;
  const items = [
    [`${t('policy.length')}${min_length ? ` (${min_length})` : ''}`, length_ok],
    [t('policy.upper'), upper_ok],
    [t('policy.lower'), lower_ok],
    [t('policy.digit'), digit_ok],
    [t('policy.special'), special_ok],
  ] as const;
  return (
    <span style={{ display: 'inline-flex', gap: 4, flexWrap: 'wrap' }}>
      {items.map(([label, ok]) => (
        <Tag key={label} tone={ok ? 'safe' : 'critical'}>{ok ? '✓' : '✗'} {label}</Tag>
      ))}
    </span>
  );
}
