// What to do with this image, most risks first.
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/calls';
import { useI18n } from '../../i18n';
import { FixCard } from '../../risks/FixCard';
import { Card } from '../../ui/Bits';
import { Empty, Loaded } from '../../ui/States';
import type { TabProps } from '../ImagePage';

export function FixesTab({ image }: TabProps) {
  const { t } = useI18n();
  const query = useQuery({ queryKey: ['image', image.id, 'fixes'], queryFn: () => api.imageFixes(image.id) });
  return (
    <div className="tab-flow">
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="shield" title={t('panel.noFix')} />
          ) : (
            <Card>
              {items.map((fix) => <FixCard key={`${fix.kind} ${fix.title}`} fix={fix} />)}
              <p className="quiet small">{t('panel.verified')}</p>
            </Card>
          )
        }
      </Loaded>
    </div>
  );
}
