// The first page: are all images safe, what changed, what to do first.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api } from '../api/calls';
import type { OverviewAnswer } from '../api/types';
import { useSession } from '../app/session';
import { useI18n } from '../i18n';
import { count, duration } from '../lib/format';
import { SEVERITIES } from '../lib/words';
import { FixCard } from '../risks/FixCard';
import { tabOf } from '../risks/tabs';
import { Card, PageHead } from '../ui/Bits';
import { Icon } from '../ui/Icon';
import { Loaded } from '../ui/States';
import { TaskLine } from '../ui/TaskLine';
import { LoadLine } from './LoadLine';
import { Trend } from './Trend';
import './overview.css';

export default function OverviewPage() {
  const { t } = useI18n();
  const query = useQuery({ queryKey: ['overview'], queryFn: api.overview, refetchInterval: 10_000 });
  return (
    <div className="page page-flow">
      <PageHead title={t('nav.overview')} />
      <Loaded query={query}>{(data) => (data.overview.images === 0 ? <FirstRun /> : <Numbers data={data} />)}</Loaded>
    </div>
  );
}

function Numbers({ data }: { data: OverviewAnswer }) {
  const { t, language } = useI18n();
  const { overview, knowledge, since_yesterday: since } = data;
  const n = (value: number) => count(value, language);
  const signed = (sign: string, value: number) => (value === 0 ? '0' : `${sign}${n(value)}`);
  const failed = overview.images_by_status.failed ?? 0;
  const unscanned = overview.images_by_status.unscanned ?? 0;
  return (
    <div className="overview">
      <Card className="wide" title={t('overview.images')} aside={<Link to="/images">{t('n.images', { n: overview.images })}</Link>}>
        <LoadLine levels={overview.images_by_level} total={overview.images} />
        <div className="overview-notes">
          {unscanned > 0 && <Link to="/images/registry?status=unscanned">{t('overview.unscanned', { n: unscanned })}</Link>}
          {failed > 0 && <Link to="/images/registry?status=failed">{t('overview.failed', { n: failed })}</Link>}
        </div>
      </Card>
      <div className="figures wide">
        <Figure value={n(overview.exploited)} label={t('overview.exploited')} to="/risks/system?kev=true" tone="critical" />
        <Figure value={n(overview.fixable)} label={t('overview.fixable')} to="/risks/system?fixable=true" />
        <Figure value={signed('+', since.risks_appeared)} label={`${t('overview.appeared')} · ${t('overview.since')}`} to={`/risks/system?first_seen_since=${new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)}`} />
        <Figure value={signed('−', since.risks_fixed)} label={`${t('overview.fixed')} · ${t('overview.since')}`} to="/risks/system?state=fixed" tone="safe" />
        <Figure value={signed('+', since.images_new)} label={`${t('overview.new')} · ${t('overview.since')}`} to="/images/registry?sort=-updated" />
      </div>
      <Card title={t('overview.risks')} aside={<span className="quiet small num">{n(overview.pairs)} {t('overview.pairs')}</span>}>
        <KindTable data={data} />
      </Card>
      <Card title={t('overview.trend')} aside={<span className="quiet small">{t('overview.trendHint')}</span>}>
        <Trend days={data.trend} />
      </Card>
      <Card className="fixes" title={t('overview.top')} aside={<span className="quiet small">{t('overview.topHint')}</span>}>
        {data.top_fixes.length === 0 ? <span className="quiet">{t('overview.noFix')}</span> : data.top_fixes.slice(0, 5).map((fix) => <FixCard key={`${fix.kind} ${fix.title}`} fix={fix} />)}
      </Card>
      <div className="column">
        <Card title={t('overview.running')} aside={<Link to="/tasks">{t('nav.tasks')}</Link>}>
          {data.running.length === 0 ? <span className="quiet">{t('overview.idle')}</span> : data.running.slice(0, 5).map((task) => <TaskLine key={task.id} task={task} />)}
        </Card>
        <Card title={t('overview.bases')}>
          {overview.top_bases.length === 0 ? <span className="quiet">{t('word.none')}</span> : (
            <ul className="legend">
              {overview.top_bases.slice(0, 6).map(([base, images]) => (
                <li key={base}><Icon name="images" size={12} /><Link to={`/risks/system?base=${encodeURIComponent(base)}&inherited=true`} className="break">{base}</Link><span className="quiet num">{t('n.images', { n: images })}</span></li>
              ))}
            </ul>
          )}
        </Card>
        <Card title={t('overview.knowledge')} aside={<Link to="/knowledge">{t('do.view')}</Link>}>
          <strong className={knowledge.stale ? 'text-critical' : undefined}>{t('overview.age', { age: duration(knowledge.age_hours * 3600, language) })}</strong>
        </Card>
      </div>
    </div>
  );
}

function Figure({ value, label, to, tone }: { value: string; label: string; to: string; tone?: string }) {
  return (
    <Link to={to} className="figure">
      <strong className="num" style={tone ? { color: `var(--${tone})` } : undefined}>{value}</strong>
      <span className="quiet">{label}</span>
    </Link>
  );
}

/** Every number leads to the list that proves it. */
function KindTable({ data }: { data: OverviewAnswer }) {
  const { t, say, language } = useI18n();
  const risks = data.overview.risks;
  const kinds = ['vulnerability', 'malicious-file', 'configuration', 'password-policy', 'weak-password', 'secret', 'compliance', 'base-image'];
  return (
    <div className="kinds" tabIndex={0} role="region" aria-label={t('overview.risks')}>
      <table aria-label={t('overview.risks')}>
        <thead>
          <tr><td />{SEVERITIES.map((severity) => <th scope="col" key={severity}>{say('severity', severity)}</th>)}</tr>
        </thead>
        <tbody>
          {kinds.map((kind) => (
            <tr key={kind}>
              <th scope="row"><Link to={tabOf(kind)}>{say('kind', kind)}</Link></th>
              {SEVERITIES.map((severity) => {
                const value = risks[kind]?.[severity] ?? 0;
                return <td key={severity}>{value === 0 ? <span className="quiet">0</span> : <Link to={`${tabOf(kind)}?severity=${severity}`} className={`count tone-${severity}`} aria-label={`${say('kind', kind)}, ${say('severity', severity)}: ${value}`}>{count(value, language)}</Link>}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FirstRun() {
  const { t, say } = useI18n();
  const { may } = useSession();
  const steps = [[t('overview.step1'), t('overview.step1Hint')], [t('overview.step2'), t('overview.step2Hint')], [t('overview.step3'), t('overview.step3Hint')]];
  return (
    <Card className="first">
      <h2>{t('overview.first')}</h2>
      <p className="quiet">{t('overview.firstHint')}</p>
      <ol>
        {steps.map(([title, hint]) => (
          <li key={title}><strong>{title}</strong><div className="quiet">{hint}</div></li>
        ))}
      </ol>
      {may('admin') ? <Button size="sm" component={Link} to="/registries?dialog=add">{t('state.addRegistry')}</Button> : <p>{t('state.needsRole', { role: say('role', 'admin') })}</p>}
      <p className="quiet small">{t('overview.demo')}</p>
    </Card>
  );
}
