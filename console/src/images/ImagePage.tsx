// One image: its header, then one tab for each kind of result, in the manual's order.
import { Button, Menu, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ComponentType, lazy, Suspense, useState } from 'react';
import { Link, useLocation, useNavigate, useParams } from 'react-router';
import { api } from '../api/calls';
import type { ImageSummary } from '../api/types';
import { NotFound } from '../app/NotFound';
import { useSession } from '../app/session';
import { useI18n, type Word } from '../i18n';
import { bytes, shortDigest, sum } from '../lib/format';
import { Card, Copy, Facts, PageHead, When } from '../ui/Bits';
import { LevelChip, SeverityCounts, Tag } from '../ui/Chips';
import { Icon } from '../ui/Icon';
import { LinkTabs } from '../ui/LinkTabs';
import { Banner, Lines, Loaded } from '../ui/States';
import { ScanStatusCell } from './columns';
import { ScanDialog } from '../app/later';
import { FindingsTab } from './tabs/FindingsTab';
import './image.css';

const BaseTab = lazy(async () => ({ default: (await import('./tabs/BaseTab')).BaseTab }));
const CompareTab = lazy(async () => ({ default: (await import('./tabs/CompareTab')).CompareTab }));
const FilesTab = lazy(async () => ({ default: (await import('./tabs/FilesTab')).FilesTab }));
const FixesTab = lazy(async () => ({ default: (await import('./tabs/FixesTab')).FixesTab }));
const HistoryTab = lazy(async () => ({ default: (await import('./tabs/HistoryTab')).HistoryTab }));
const LayersTab = lazy(async () => ({ default: (await import('./tabs/LayersTab')).LayersTab }));
const SettingsTab = lazy(async () => ({ default: (await import('./tabs/SettingsTab')).SettingsTab }));
const SoftwareTab = lazy(async () => ({ default: (await import('./tabs/SoftwareTab')).SoftwareTab }));

export interface TabProps {
  image: ImageSummary;
}

interface Tab {
  key: string;
  label: Word;
  show: ComponentType<TabProps>;
  count?: (image: ImageSummary) => number | undefined;
}

const of = (...kinds: string[]) => (image: ImageSummary) => kinds.reduce((total, kind) => total + sum(image.counters[kind]), 0);

const TABS: Tab[] = [
  { key: 'vulnerabilities', label: 'image.tab.vulnerabilities', show: ({ image }) => <FindingsTab image={image} kind="vulnerability" />, count: of('vulnerability') },
  { key: 'malicious', label: 'image.tab.malicious', show: ({ image }) => <FindingsTab image={image} kind="malicious-file" />, count: of('malicious-file') },
  { key: 'software', label: 'image.tab.software', show: SoftwareTab, count: (image) => image.components },
  { key: 'files', label: 'image.tab.files', show: FilesTab, count: (image) => image.files?.count },
  { key: 'settings', label: 'image.tab.settings', show: SettingsTab, count: of('configuration', 'password-policy', 'weak-password') },
  { key: 'secrets', label: 'image.tab.secrets', show: ({ image }) => <FindingsTab image={image} kind="secret" />, count: of('secret') },
  { key: 'compliance', label: 'image.tab.compliance', show: ({ image }) => <FindingsTab image={image} kind="compliance" />, count: of('compliance') },
  { key: 'base', label: 'image.tab.base', show: BaseTab, count: of('base-image') },
  { key: 'layers', label: 'image.tab.layers', show: LayersTab, count: (image) => image.layers },
  { key: 'fixes', label: 'image.tab.fixes', show: FixesTab },
  { key: 'history', label: 'image.tab.history', show: HistoryTab },
  { key: 'compare', label: 'image.tab.compare', show: CompareTab },
];

export default function ImagePage() {
  const { id = '', tab: key = 'vulnerabilities' } = useParams();
  const { t } = useI18n();
  const query = useQuery({ queryKey: ['image', id], queryFn: () => api.image(id), refetchInterval: ({ state }) => (['waiting', 'scanning'].includes(state.data?.status ?? '') ? 2000 : false) });
  const tab = TABS.find((one) => one.key === key);
  if (!tab) return <NotFound />;
  return (
    <div className="page">
      <Loaded query={query}>
        {(image) => (
          <>
            <ImageHead image={image} tab={key} />
            <LinkTabs label={t('image.tabs')} current={tab.key} tabs={TABS.map((one) => ({ key: one.key, label: t(one.label), to: `/image/${image.id}/${one.key}`, count: image.scanned_at ? one.count?.(image) : undefined }))} />
            <Suspense fallback={<Lines />}><tab.show image={image} key={image.id} /></Suspense>
          </>
        )}
      </Loaded>
    </div>
  );
}

function ImageHead({ image, tab }: { image: ImageSummary; tab: string }) {
  const { t, say } = useI18n();
  const { may } = useSession();
  const { search } = useLocation();
  const navigate = useNavigate();
  const [scanning, setScanning] = useState(false);
  const denied = may('operator') ? undefined : t('state.needsRole', { role: say('role', 'operator') });
  const eol = image.os_detail?.end_of_life;
  const over = eol && new Date(eol).getTime() < Date.now();
  const osName = image.os_detail?.pretty_name ?? image.os;
  return (
    <>
      <PageHead title={image.name} hint={<Link to={`/images/${image.source}`}>← {say('source', image.source)}</Link>}>
        {image.platforms.length > 1 && (
          <NativeSelect size="xs" w={150} aria-label={t('word.platform')} data={image.platforms.map(([platform, id]) => ({ value: id, label: platform }))} value={image.id} onChange={(event) => navigate(`/image/${event.currentTarget.value}/${tab}${search}`)} />
        )}
        <ReportMenu image={image} />
        {image.source === 'registry' && <Button disabled={!!denied} title={denied} leftSection={<Icon name="scan" size={14} />} onClick={() => setScanning(true)}>{t('image.scanAgain')}</Button>}
      </PageHead>
      {image.failure && <Banner>{t('image.failed')}: {image.failure.why}. {image.failure.remedy}</Banner>}
      {over && eol && <Banner>{t('image.eolWarn', { os: osName ?? '', day: eol })}</Banner>}
      {image.unread.length > 0 && <Unread image={image} />}
      {!image.scanned_at && !image.failure && <Banner tone="info">{t('image.unscanned')}</Banner>}
      <Card className="image-basic">
        <h2 className="sr">{t('image.basic')}</h2>
        <Facts
          columns={3}
          items={[
            [t('images.name'), image.repository],
            [t('images.tag'), <span key="tag">{image.tag ?? '–'} {image.latest && <Tag tone="low">latest</Tag>} {image.gone && <Tag>{t('image.goneTag')}</Tag>}</span>],
            [t('image.level'), <LevelChip key="level" level={image.risk_level} from={image.risk_level_from} />],
            [t('images.organization'), image.organization],
            [t('word.registry'), image.registry_name],
            [say('kind', 'vulnerability'), <SeverityCounts key="counts" counts={image.counters.vulnerability} />],
            [t('images.digest'), <span key="digest" className="with-copy"><code title={image.digest}>{shortDigest(image.digest)}</code><Copy text={image.digest} label={t('images.digest')} /></span>],
            [t('word.size'), `${bytes(image.size)} · ${t('n.layers', { n: image.layers })}`],
            [t('word.status'), <ScanStatusCell key="status" row={image} />],
            [t('image.os'), osName && (eol && !over ? `${osName} · ${t('image.eol', { day: eol })}` : osName)],
            [t('risk.base'), image.base],
            [t('image.scanned'), <When key="scanned" time={image.scanned_at} exact />],
            [t('word.platform'), image.platform],
            [t('image.created'), <When key="created" time={image.created} exact empty="–" />],
            [t('image.updated'), <When key="updated" time={image.updated_at} exact />],
            [t('images.pipeline'), image.pipeline],
          ]}
        />
      </Card>
      {scanning && <ScanDialog choice={{ images: [image.id] }} onClose={() => setScanning(false)} />}
    </>
  );
}

function ReportMenu({ image }: { image: ImageSummary }) {
  const { t } = useI18n();
  const formats = [['html', 'HTML'], ['json', 'JSON'], ['cyclonedx', 'SBOM (CycloneDX)'], ['spdx', 'SBOM (SPDX)'], ['sarif', 'SARIF']] as const;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" disabled={!image.scanned_at} title={image.scanned_at ? undefined : t('image.unscanned')} leftSection={<Icon name="export" size={14} />}>{t('image.report')}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(([format, label]) => (
          <Menu.Item key={format} component="a" href={api.reportAddress(image.id, format)} download>{label}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** What could not be examined; a result with holes says where they are. */
function Unread({ image }: { image: ImageSummary }) {
  const { t } = useI18n();
  return (
    <Banner>
      <details>
        <summary>{t('image.partial', { n: image.unread.length })}</summary>
        <ul>
          {image.unread.slice(0, 100).map((one) => (
            <li key={`${one.path} ${one.layer}`}><code>{one.path}</code> ({t('evidence.layer', { n: one.layer })}): {one.reason}</li>
          ))}
        </ul>
      </details>
    </Banner>
  );
}

