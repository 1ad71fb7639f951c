// One risk beside the list.
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api } from '../api/calls';
import { useI18n } from '../i18n';
import { Icon } from '../ui/Icon';
import { SidePanel } from '../ui/SidePanel';
import { Loaded } from '../ui/States';
import { RiskDetailView, RiskTitle } from './RiskDetailView';
import { riskPage } from './tabs';

export function useRisk(id: string) {
  return useQuery({ queryKey: ['risk', id], queryFn: () => api.risk(id) });
}

export function RiskDrawer({ id, onClose, onStep }: { id: string; onClose: () => void; onStep?: (step: 1 | -1) => void }) {
  const { t } = useI18n();
  const query = useRisk(id);
  return (
    <SidePanel
      label={id}
      title={query.data ? <RiskTitle risk={query.data} /> : <h2>{id}</h2>}
      onClose={onClose}
      onStep={onStep}
      tools={<Link to={riskPage(id)} aria-label={t('do.fullPage')} title={t('do.fullPage')} className="panel-link"><Icon name="external" /></Link>}
    >
      <Loaded query={query}>{(risk) => <RiskDetailView risk={risk} key={risk.id} />}</Loaded>
    </SidePanel>
  );
}
