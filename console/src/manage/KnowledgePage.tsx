// What the world is known to say, how old that is, and how to get newer.
import { Button, FileButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/calls';
import { useI18n } from '../i18n';
import { count, duration, shortDigest } from '../lib/format';
import { Card, Copy, Facts, PageHead, PlainTable, Progress, When } from '../ui/Bits';
import { Icon } from '../ui/Icon';
import { Banner, Loaded } from '../ui/States';
import { useDenied, useDo } from './useManage';

export default function KnowledgePage() {
  const { t, language } = useI18n();
  const denied = useDenied('admin');
  const query = useQuery({ queryKey: ['knowledge'], queryFn: api.knowledge });
  const update = useDo(() => api.updateKnowledge(), 'knowledge.updating', 'knowledge', 'tasks');
  const upload = useDo((file: Blob) => api.putKnowledge(file), 'knowledge.uploaded', 'knowledge', 'tasks', 'overview');
  return (
    <div className="page page-flow">
      <PageHead title={t('nav.knowledge')} hint={t('knowledge.hint')}>
        <FileButton onChange={(file) => file && upload.mutate(file)}>
          {(props) => <Button variant="default" {...props} disabled={!!denied} title={denied} loading={upload.isPending}>{t('knowledge.upload')}</Button>}
        </FileButton>
        <Button disabled={!!denied} title={denied} leftSection={<Icon name="refresh" size={14} />} loading={update.isPending} onClick={() => update.mutate(undefined)}>{t('knowledge.update')}</Button>
      </PageHead>
      <Loaded query={query}>
        {(knowledge) => (
          <>
            {knowledge.starter && <Banner tone="info">{t('knowledge.starter')}</Banner>}
            <Card className="image-basic">
              <Facts
                columns={2}
                items={[
                  [t('knowledge.age'), <strong key="age" className={knowledge.stale ? 'text-critical' : undefined}>{duration(knowledge.age_hours * 3600, language)}</strong>],
                  [t('knowledge.built'), <When key="built" time={knowledge.built_at} exact />],
                  [t('knowledge.digest'), <span key="digest"><code title={knowledge.digest}>{shortDigest(knowledge.digest).slice(0, 19)}</code> <Copy text={knowledge.digest} label={t('knowledge.digest')} /></span>],
                  [t('knowledge.matched'), <span key="matched">{count(knowledge.matched, language)} / {count(knowledge.components, language)} <Progress label={t('knowledge.matched')} done={knowledge.matched} failed={0} total={knowledge.components} /></span>],
                ]}
              />
            </Card>
            <h2 className="sub-head">{t('knowledge.sources')}</h2>
            <PlainTable label={t('knowledge.sources')}>
                <thead><tr><th scope="col">{t('word.name')}</th><th scope="col" className="right">{t('knowledge.records')}</th><th scope="col">{t('knowledge.asOf')}</th></tr></thead>
                <tbody>
                  {knowledge.sources.map((source) => (
                    <tr key={source.name}><td><strong>{source.name}</strong></td><td className="num right">{count(source.records, language)}</td><td>{source.as_of || '–'}</td></tr>
                  ))}
                </tbody>
              </PlainTable>
          </>
        )}
      </Loaded>
    </div>
  );
}
