// The filters of the risk view.
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/calls';
import { useI18n } from '../i18n';
import { REGISTRY_KINDS, SEVERITIES, STATES, URGENCIES } from '../lib/words';
import type { Filter } from '../ui/FilterBar';

export function useRiskFilters(kind: string): Filter[] {
  const { t, say } = useI18n();
  const registries = useQuery({ queryKey: ['registries', 'all'], queryFn: () => api.registries({ limit: 500 }), staleTime: 60_000 });
  const options = (family: string, values: string[]) => values.map((value) => ({ value, label: say(family, value) }));
  const yesNo = [{ value: 'true', label: t('list.yes') }, { value: 'false', label: t('list.no') }];
  const vulnerability = kind === 'vulnerability';
  const all: (Filter | false)[] = [
    { name: 'severity', label: t('word.severity'), options: options('severity', SEVERITIES), pinned: true },
    vulnerability && { name: 'fixable', label: t('risk.fixable'), options: yesNo, single: true, pinned: true },
    vulnerability && { name: 'kev', label: t('risk.kev'), options: yesNo, single: true, pinned: true },
    { name: 'urgency', label: t('word.urgency'), options: options('urgency', URGENCIES) },
    vulnerability && { name: 'epss_min', label: t('risk.epssMin'), type: 'number', step: 0.05, max: 1, placeholder: '0.10' },
    vulnerability && { name: 'cvss_min', label: t('risk.cvssMin'), type: 'number', step: 0.5, max: 10, placeholder: '7.0' },
    { name: 'state', label: t('word.state'), options: [...options('state', STATES), { value: 'handled', label: t('risks.handled') }, { value: 'all', label: t('risks.all') }] },
    { name: 'inherited', label: t('risk.inherited'), options: yesNo, single: true },
    { name: 'component', label: t('risk.component'), placeholder: 'openssl' },
    !vulnerability && { name: 'category', label: t('risk.category') },
    { name: 'first_seen_since', label: t('risk.firstSeenSince'), type: 'date' },
    vulnerability && { name: 'published_since', label: t('risk.publishedSince'), type: 'date' },
    { name: 'latest', label: t('risk.latest'), options: yesNo, single: true },
    { name: 'registry', label: t('word.registry'), options: registries.data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? [] },
    { name: 'registry_kind', label: t('risk.registryKind'), options: options('registry-kind', REGISTRY_KINDS) },
    { name: 'repository', label: t('risk.repository'), placeholder: 'team/*' },
    { name: 'tag', label: t('risk.tag'), placeholder: '1.*' },
    { name: 'os', label: t('risk.os'), placeholder: 'debian 12' },
    { name: 'base', label: t('risk.base'), placeholder: 'debian:12' },
    { name: 'platform', label: t('word.platform'), placeholder: 'linux/amd64' },
    { name: 'image', label: t('risk.imageId') },
    { name: 'id', label: t('risk.exact'), placeholder: 'CVE-2024-3094' },
  ];
  return all.filter((filter) => filter !== false);
}
