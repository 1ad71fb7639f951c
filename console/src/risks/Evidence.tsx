// Why we say so: which image, which file, which layer, what was seen.
import { api } from '../api/calls';
import type { Evidence, RiskEvidence, RiskKind } from '../api/types';
import { isWord, useI18n } from '../i18n';
import { bytes } from '../lib/format';
import { useList } from '../lib/list';
import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { Facts } from '../ui/Bits';
import { Empty, Failure, Lines } from '../ui/States';
import { purlName } from '../lib/format';

/** What of the details stands in other places already. */
const ELSEWHERE = new Set(['description', 'advice', 'cvss', 'epss', 'epss_percentile', 'kev_added', 'cwes', 'published', 'modified', 'sources', 'reasons', 'identity', 'length_ok', 'upper_ok', 'lower_ok', 'digit_ok', 'special_ok']);

export function EvidenceList({ risk, kind, reasons = false }: { risk: string; kind: RiskKind; reasons?: boolean }) {
  const { t } = useI18n();
  const list = useList<RiskEvidence>(['risk', risk, 'evidence'], api.riskEvidence(risk), { limit: 20 });
  if (list.error) return <Failure error={list.error} retry={list.refetch} />;
  if (list.loading) return <Lines />;
  if (list.rows.length === 0) return <Empty icon="info" title={t('state.nothing')} />;
  return (
    <div className="evidence">
      {list.rows.map((row, index) => (
        <article key={`${row.image} ${index}`}>
          <h3><Link to={`/image/${row.image}`}>{row.image_name}</Link> {row.component && <span className="quiet">· {purlName(row.component)}</span>}</h3>
          <Places evidence={row.evidence} />
          {(reasons || kind !== 'vulnerability') && <DetailFacts details={row.details} />}
          {reasons && row.reasons.length > 0 && (
            <details open>
              <summary>{t('evidence.why')}</summary>
              <ol>{row.reasons.map((reason) => <li key={reason}>{reason}</li>)}</ol>
            </details>
          )}
        </article>
      ))}
      {list.hasMore && <Button variant="default" onClick={list.more}>{t('handle.more', { n: (list.total ?? 0) - list.rows.length })}</Button>}
    </div>
  );
}

/** Files, lines, layers, and what was seen there. */
export function Places({ evidence }: { evidence: Evidence[] }) {
  const { t } = useI18n();
  return (
    <ul className="places">
      {evidence.map((one, index) => (
        <li key={index}>
          <code>{one.path}{one.inner_path && `!${one.inner_path}`}</code>
          <span className="quiet small"> {one.line != null && t('evidence.line', { n: one.line })} {t('evidence.layer', { n: one.layer })}</span>
          {one.value && <div><code className="seen">{one.value}</code></div>}
        </li>
      ))}
    </ul>
  );
}

/** What is particular to the kind, each under its name. */
export function DetailFacts({ details }: { details: Record<string, unknown> }) {
  const { t, say } = useI18n();
  const write = (name: string, value: unknown): string => {
    if (name === 'size' && typeof value === 'number') return bytes(value);
    if (name.endsWith('_confidence')) return say('confidence', String(value));
    if (name === 'base_problem') return say('base-problem', String(value));
    if (Array.isArray(value)) return value.map((one) => (Array.isArray(one) ? one.join(': ') : String(one))).join(' · ');
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  };
  const items = Object.entries(details)
    .filter(([name, value]) => !ELSEWHERE.has(name) && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]): [string, string] => {
      const word = `detail.${name}`;
      return [isWord(word) ? t(word) : name, write(name, value)];
    });
  return items.length > 0 ? <Facts items={items} /> : null;
}
