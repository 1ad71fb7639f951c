import { Button } from '@mantine/core';
import { Link } from 'react-router';
import type { ImageSource } from '../api/types';
import { useI18n } from '../i18n';
import { Empty } from '../ui/States';

export function NoImages({ source, filtered, clear }: { source: ImageSource; filtered: boolean; clear: () => void }) {
  const { t } = useI18n();
  if (filtered) {
    return (
      <Empty icon="filter" title={t('state.nomatch')} hint={t('state.nomatchHint')}>
        <Button variant="default" onClick={clear}>{t('state.clear')}</Button>
      </Empty>
    );
  }
  if (source !== 'registry') return <Empty icon="images" title={t(`images.none.${source}`)} hint={<code>{t(`images.none.${source}Hint`)}</code>} />;
  return (
    <Empty icon="registries" title={t('images.none.registry')} hint={t('state.notScannedHint')}>
      <Button component={Link} to="/registries?dialog=add">{t('state.addRegistry')}</Button>
    </Empty>
  );
}
