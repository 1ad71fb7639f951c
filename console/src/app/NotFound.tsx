import { Link } from 'react-router';
import { useI18n } from '../i18n';
import { useTitle } from '../ui/Bits';
import { Empty } from '../ui/States';

export function NotFound() {
  const { t } = useI18n();
  useTitle(t('state.notfound'));
  return (
    <Empty icon="search" title={t('state.notfound')}>
      <Link to="/">{t('state.home')}</Link>
    </Empty>
  );
}
