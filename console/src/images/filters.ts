// The filters of the image view.
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/calls';
import type { ImageSource } from '../api/types';
import { useI18n } from '../i18n';
import { KINDS, LEVELS, REGISTRY_KINDS, SEVERITIES, STATUSES } from '../lib/words';
import type { Filter } from '../ui/FilterBar';

export function useImageFilters(source: ImageSource): Filter[] {
  const { t, say } = useI18n();
  const registries = useQuery({ queryKey: ['registries', 'all'], queryFn: () => api.registries({ limit: 500 }), staleTime: 60_000, enabled: source === 'registry' });
  const options = (family: string, values: string[]) => values.map((value) => ({ value, label: say(family, value) }));
  const yesNo = [{ value: 'true', label: t('list.yes') }, { value: 'false', label: t('list.no') }];
  const all: (Filter | false)[] = [
    { name: 'level', label: t('image.level'), options: options('level', LEVELS), pinned: true },
    { name: 'status', label: t('word.status'), options: options('status', STATUSES), pinned: true },
    { name: 'kind', label: t('images.hasKind'), options: options('kind', KINDS) },
    { name: 'severity', label: t('images.hasSeverity'), options: options('severity', SEVERITIES) },
    source === 'registry' && { name: 'registry', label: t('word.registry'), options: registries.data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? [] },
    source === 'registry' && { name: 'registry_kind', label: t('risk.registryKind'), options: options('registry-kind', REGISTRY_KINDS) },
    { name: 'repository', label: t('risk.repository'), placeholder: 'team/*' },
    { name: 'organization', label: t('images.organization'), placeholder: 'team' },
    { name: 'tag', label: t('images.tag'), placeholder: '1.*' },
    { name: 'latest', label: t('images.latest'), options: yesNo, single: true },
    { name: 'os', label: t('image.os'), placeholder: 'debian 12' },
    { name: 'base', label: t('risk.base'), placeholder: 'debian:12' },
    { name: 'platform', label: t('word.platform'), placeholder: 'linux/amd64' },
    { name: 'risk', label: t('risk.exact'), placeholder: 'CVE-2024-3094' },
    source === 'cicd' && { name: 'pipeline', label: t('images.pipeline') },
    { name: 'scanned_since', label: t('images.scannedSince'), type: 'date' },
    { name: 'updated_since', label: t('images.updatedSince'), type: 'date' },
    { name: 'size_min', label: t('images.sizeMin'), type: 'number', step: 1_048_576 },
    { name: 'digest', label: t('images.digest'), placeholder: 'sha256:…' },
    { name: 'gone', label: t('images.gone'), options: [{ value: 'true', label: t('list.yes') }, { value: 'all', label: t('list.any') }], single: true },
  ];
  return all.filter((filter) => filter !== false);
}
