// What is known of one risk, in counted tabs; in the panel and on the page.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'react-router';
import { api } from '../api/calls';
import type { Action, RiskDetail } from '../api/types';
import { useSession } from '../app/session';
import { useI18n } from '../i18n';
import { day } from '../lib/format';
import { useList } from '../lib/list';
import { useParam, writeParams } from '../lib/url';
import { KevChip, SeverityChip, UrgencyText } from '../ui/Chips';
import { LinkTabs } from '../ui/LinkTabs';
import { Empty } from '../ui/States';
import { AffectedImages } from './AffectedImages';
import { EvidenceList } from './Evidence';
import { FixCard } from './FixCard';
import { HandleDialog } from '../app/later';
import { HistoryList } from './HistoryList';
import { RiskOverview } from './RiskOverview';
import './risk.css';
import { PlainTable } from '../ui/Bits';

export function RiskTitle({ risk, heading: Heading = 'h2' }: { risk: RiskDetail; heading?: 'h1' | 'h2' }) {
  return (
    <div className="risk-title">
      <div>
        <Heading>{risk.name}</Heading>
        <SeverityChip severity={risk.severity} />
        <UrgencyText urgency={risk.urgency} />
        {risk.kev_added && <KevChip since={risk.kev_added} />}
      </div>
      {risk.title !== risk.name && <div className="quiet">{risk.title}</div>}
    </div>
  );
}

export function RiskDetailView({ risk }: { risk: RiskDetail }) {
  const { t, say } = useI18n();
  const { may } = useSession();
  const { search } = useLocation();
  const [asked] = useParam('tab');
  const [action, setAction] = useState<Action | null>(null);
  const history = useList(['risk', risk.id, 'history'], api.riskHistory(risk.id), {});
  const images = useList(['risk', risk.id, 'images', 'count'], api.riskImages(risk.id), { state: 'all', limit: 1 });
  const vulnerability = risk.kind === 'vulnerability';
  const keys = ['overview', ...(vulnerability ? ['cves'] : []), 'images', 'fix', 'history', 'evidence'] as const;
  const tab = keys.find((key) => key === asked) ?? 'overview';
  const counts: Record<string, number | undefined> = { cves: risk.cves.length, images: images.total, fix: risk.fixes.length, history: history.total };
  const to = (key: string) => `?${writeParams(new URLSearchParams(search), { tab: key })}`;
  const denied = may('operator') ? undefined : t('state.needsRole', { role: say('role', 'operator') });
  return (
    <>
      <div className="risk-actions">
        {(['ignore', 'unignore', 'whitelist'] as const).map((one) => (
          <Button key={one} variant="default" disabled={!!denied} title={denied} onClick={() => setAction(one)}>{say('action', one)}</Button>
        ))}
      </div>
      <LinkTabs small label={t('panel.tabs')} current={tab} tabs={keys.map((key) => ({ key, label: key === 'overview' && vulnerability ? t('panel.notice') : t(`panel.${key as 'overview'}`), to: to(key), count: counts[key] }))} />
      {tab === 'overview' && <RiskOverview risk={risk} />}
      {tab === 'cves' && <Cves risk={risk} />}
      {tab === 'images' && <AffectedImages risk={risk} />}
      {tab === 'fix' && <Fixes risk={risk} />}
      {tab === 'history' && <HistoryList list={history} />}
      {tab === 'evidence' && <EvidenceList risk={risk.id} kind={risk.kind} reasons />}
      {action && <HandleDialog action={action} risks={[risk.id]} onClose={() => setAction(null)} />}
    </>
  );
}

function Cves({ risk }: { risk: RiskDetail }) {
  const { t, language } = useI18n();
  return (
    <PlainTable label={t('panel.cves')}>
        <thead>
          <tr>
            <th scope="col">CVE ID</th>
            <th scope="col">{t('risk.cvss')}</th>
            <th scope="col">{t('risk.published')}</th>
            <th scope="col">{t('word.description')}</th>
          </tr>
        </thead>
        <tbody>
          {risk.cves.map((cve) => (
            <tr key={cve.id}>
              <td className="line"><strong>{cve.id}</strong></td>
              <td className="num">{cve.score?.toFixed(1) ?? '–'}</td>
              <td className="line">{cve.published ? day(cve.published, language) : '–'}</td>
              <td>{cve.description ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
  );
}

function Fixes({ risk }: { risk: RiskDetail }) {
  const { t } = useI18n();
  if (risk.fixes.length === 0) return <Empty icon="info" title={t('panel.noFix')} hint={risk.advice ?? t('risk.noSuggestion')} />;
  return (
    <>
      {risk.advice && <p>{risk.advice}</p>}
      {risk.fixes.map((fix) => <FixCard key={`${fix.kind} ${fix.title}`} fix={fix} />)}
      <p className="quiet small">{t('panel.verified')}</p>
    </>
  );
}
