// One risk as a page of its own.
import { useParams } from 'react-router';
import { useI18n } from '../i18n';
import { Card, useTitle } from '../ui/Bits';
import { Loaded } from '../ui/States';
import { RiskDetailView, RiskTitle } from './RiskDetailView';
import { useRisk } from './RiskDrawer';

export default function RiskPage() {
  const { id = '' } = useParams();
  const { t } = useI18n();
  const query = useRisk(id);
  useTitle(query.data?.name ?? t('nav.risks'));
  return (
    <div className="page page-flow">
      <Loaded query={query}>
        {(risk) => (
          <Card>
            <RiskTitle risk={risk} heading="h1" />
            <RiskDetailView risk={risk} />
          </Card>
        )}
      </Loaded>
    </div>
  );
}
