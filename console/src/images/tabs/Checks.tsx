// The baselines that apply to an image, their items, and one item in full.
import { Button, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { Action, Check, ImageSummary } from '../../api/types';
import { useSession } from '../../app/session';
import { useI18n } from '../../i18n';
import { useParam } from '../../lib/url';
import { SEVERITIES } from '../../lib/words';
import { Places } from '../../risks/Evidence';
import { HandleDialog } from '../../app/later';
import { Reference } from '../../risks/RiskOverview';
import { CodeBlock, PlainTable, Section } from '../../ui/Bits';
import { SeverityChip, StatusText } from '../../ui/Chips';
import { Icon } from '../../ui/Icon';
import { SidePanel } from '../../ui/SidePanel';
import { Empty } from '../../ui/States';
import { NoFindings } from './NoFindings';

export function Checks({ image }: { image: ImageSummary }) {
  const { t } = useI18n();
  const [open, setOpen] = useParam('check');
  const [result, setResult] = useParam('result');
  const [closed, setClosed] = useState<Set<string>>(new Set());
  if (!image.scanned_at) return <NoFindings image={image} filtered={false} clear={() => {}} />;
  if (image.checks.length === 0) return <Empty icon="info" title={t('checks.none')} />;
  const shown = image.checks.filter((check) => !result || check.result === result);
  const check = image.checks.find((one) => one.id === open);
  const step = (by: 1 | -1) => {
    const next = shown[shown.findIndex((one) => one.id === open) + by];
    if (next) setOpen(next.id);
  };
  const toggle = (baseline: string) => {
    const next = new Set(closed);
    if (!next.delete(baseline)) next.add(baseline);
    setClosed(next);
  };
  return (
    <div className="tab-flow">
      <SegmentedControl
        size="xs"
        mb={10}
        style={{ maxWidth: '100%', overflowX: 'auto' }}
        aria-label={t('checks.result')}
        value={result ?? ''}
        onChange={setResult}
        data={[{ value: '', label: t('checks.all') }, ...(['fail', 'pass', 'not-applicable', 'not-decidable'] as const).map((value) => ({ value, label: `${t(`result.${value}`)} ${image.checks.filter((one) => one.result === value).length}` }))]}
      />
      <PlainTable label={t('kind.configuration')}>
          <thead>
            <tr><th scope="col">{t('checks.item')}</th><th scope="col">{t('word.severity')}</th><th scope="col">{t('checks.result')}</th><th scope="col">{t('checks.current')}</th><th scope="col" className="right">{t('list.actions')}</th></tr>
          </thead>
          {baselines(image.checks).map(({ baseline, items, failed }) => {
            const isOpen = !closed.has(baseline);
            return (
              <tbody key={baseline}>
                <tr className="group">
                  <td colSpan={5}>
                    <button type="button" className="unfold" aria-expanded={isOpen} onClick={() => toggle(baseline)}>
                      <Icon name={isOpen ? 'down' : 'right'} />
                      <strong>{baseline}</strong>
                    </button>
                    <span className="quiet small"> {t('checks.items')} {items.length} · {t('checks.failed')} {failed}</span>
                  </td>
                </tr>
                {isOpen && items.filter((item) => shown.includes(item)).map((item) => <CheckRow key={item.id} check={item} open={open === item.id} onOpen={() => setOpen(item.id)} />)}
              </tbody>
            );
          })}
        </PlainTable>
      {check && <CheckPanel check={check} image={image} onClose={() => setOpen(null)} onStep={step} />}
    </div>
  );
}

const RESULTS = ['fail', 'not-decidable', 'pass', 'not-applicable'];

/** Items by baseline, failed and severe ones first. */
function baselines(checks: Check[]) {
  const groups = Map.groupBy(checks, (check) => check.baseline);
  return [...groups].map(([baseline, items]) => ({
    baseline,
    items: items.toSorted((a, b) => RESULTS.indexOf(a.result) - RESULTS.indexOf(b.result) || SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)),
    failed: items.filter((item) => item.result === 'fail').length,
  }));
}

function CheckRow({ check, open, onOpen }: { check: Check; open: boolean; onOpen: () => void }) {
  const { t } = useI18n();
  return (
    <tr className={open ? 'row-open' : undefined}>
      <td style={{ paddingLeft: 34 }}>{check.title}</td>
      <td><SeverityChip severity={check.severity} /></td>
      <td><StatusText family="result" status={check.result} /></td>
      <td><code>{check.current ?? check.reason ?? '–'}</code></td>
      <td className="right"><Button variant="subtle" size="compact-xs" onClick={onOpen} aria-label={`${t('checks.details')}: ${check.title}`}>{t('checks.details')}</Button></td>
    </tr>
  );
}

function CheckPanel({ check, image, onClose, onStep }: { check: Check; image: ImageSummary; onClose: () => void; onStep: (by: 1 | -1) => void }) {
  const { t, say } = useI18n();
  const { may } = useSession();
  const [action, setAction] = useState<Action | null>(null);
  const denied = may('operator') ? undefined : t('state.needsRole', { role: say('role', 'operator') });
  return (
    <SidePanel
      label={check.title}
      onClose={onClose}
      onStep={onStep}
      title={
        <div className="risk-title">
          <div><h2>{check.title}</h2><SeverityChip severity={check.severity} /><StatusText family="result" status={check.result} /></div>
        </div>
      }
    >
      {check.result === 'fail' && (
        <div className="risk-actions">
          {(['ignore', 'unignore', 'whitelist'] as const).map((one) => <Button key={one} variant="default" disabled={!!denied} title={denied} onClick={() => setAction(one)}>{say('action', one)}</Button>)}
        </div>
      )}
      <p className="risk-text">{check.description}</p>
      {check.reason && <p>{check.reason}</p>}
      <div className="split">
        <Section title={t('checks.current')}><CodeBlock text={check.current ?? '–'} /></Section>
        <Section title={t('checks.suggested')}><CodeBlock text={check.suggested} /></Section>
      </div>
      {check.fix && <Section title={t('checks.fix')}><p className="risk-text">{check.fix}</p></Section>}
      {check.audit && <Section title={t('checks.audit')}><CodeBlock text={check.audit} /></Section>}
      {check.references.length > 0 && <Section title={t('checks.basis')}><ul className="references">{check.references.map((one) => <li key={one}><Reference text={one} /></li>)}</ul></Section>}
      {check.evidence.length > 0 && <Section title={t('panel.evidence')}><Places evidence={check.evidence} /></Section>}
      {action && <HandleDialog action={action} risks={[`configuration:${check.id}`]} image={{ id: image.id, name: image.name }} onClose={() => setAction(null)} />}
    </SidePanel>
  );
}
