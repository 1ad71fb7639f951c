// What the image is built on, and what is wrong with that.
import { useI18n } from '../../i18n';
import { shortDigest } from '../../lib/format';
import { Card, Copy, Facts } from '../../ui/Bits';
import { Tag } from '../../ui/Chips';
import { Empty } from '../../ui/States';
import type { TabProps } from '../ImagePage';
import { FindingsTab } from './FindingsTab';

export function BaseTab({ image }: TabProps) {
  const { t } = useI18n();
  const base = image.base_detail;
  return (
    <div className="tab-body">
      {base ? (
        <Card className="image-basic">
          <Facts
            columns={2}
            items={[
              [t('base.name'), <strong key="name">{base.name}</strong>],
              [t('base.layers'), t('n.layers', { n: base.layers })],
              [t('images.digest'), base.digest && <span className="with-copy"><code title={base.digest}>{shortDigest(base.digest)}</code><Copy text={base.digest} label={t('images.digest')} /></span>],
              [t('image.os'), image.os_detail?.pretty_name],
              [t('base.newer'), base.newer.length > 0 && <span>{base.newer.slice(0, 5).map((name) => <Tag key={name} tone="safe">{name}</Tag>)}</span>],
              [t('base.roots'), base.roots.join(' → ')],
            ]}
          />
          {base.end_of_life && <div className="quiet small">{t('image.eol', { day: base.end_of_life })}</div>}
        </Card>
      ) : image.scanned_at ? (
        <Empty icon="info" title={t('base.none')} hint={t('base.noneHint')} />
      ) : null}
      <FindingsTab image={image} kind="base-image" />
    </div>
  );
}
