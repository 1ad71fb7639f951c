// In which images a decision holds.
import { MultiSelect, Radio, Stack, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import { useI18n } from '../i18n';
import { REGISTRY_KINDS, SOURCES } from '../lib/words';
import type { ScopeDraft, ScopeMode } from './scope';

interface Props {
  value: ScopeDraft;
  onChange: (value: ScopeDraft) => void;
  image?: { id: string; name: string };
}

export function ScopeField({ value, onChange, image }: Props) {
  const { t, say } = useI18n();
  const registries = useQuery({ queryKey: ['registries', 'all'], queryFn: () => api.registries({ limit: 500 }), staleTime: 60_000 });
  const modes: ScopeMode[] = [...(image ? (['image'] as const) : []), 'all', 'sources', 'registryKinds', 'registries', 'repositories', 'images'];
  const options = (family: string, values: string[]) => values.map((one) => ({ value: one, label: say(family, one) }));
  const pick = (field: 'sources' | 'registryKinds' | 'registries', data: { value: string; label: string }[]) => (
    <MultiSelect ml={28} size="sm" aria-label={t(`handle.scope.${field}`)} data={data} value={value[field]} searchable onChange={(chosen) => onChange({ ...value, [field]: chosen })} />
  );
  return (
    <Radio.Group label={t('handle.scope')} value={value.mode} onChange={(mode) => onChange({ ...value, mode: mode as ScopeMode })}>
      <Stack gap={6} mt={6}>
        {modes.map((mode) => (
          <Radio key={mode} size="xs" value={mode} label={t(`handle.scope.${mode}`, { name: image?.name ?? '' })} />
        ))}
        {value.mode === 'sources' && pick('sources', options('source', SOURCES))}
        {value.mode === 'registryKinds' && pick('registryKinds', options('registry-kind', REGISTRY_KINDS))}
        {value.mode === 'registries' && pick('registries', registries.data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? [])}
        {value.mode === 'repositories' && (
          <Textarea ml={28} autosize minRows={2} maxRows={6} aria-label={t('handle.scope.repositories')} description={t('handle.repositories')} value={value.repositories} onChange={(event) => onChange({ ...value, repositories: event.currentTarget.value })} />
        )}
        {value.mode === 'images' && <ImagePicker value={value.images} onChange={(images) => onChange({ ...value, images })} />}
      </Stack>
    </Radio.Group>
  );
}

/** Images, searched on the server. */
function ImagePicker({ value, onChange }: { value: string[]; onChange: (ids: string[]) => void }) {
  const { t } = useI18n();
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, 250);
  const [names, setNames] = useState<Record<string, string>>({});
  const found = useQuery({ queryKey: ['images', 'pick', asked], queryFn: () => api.images({ q: asked, limit: 50, sort: 'name' }), placeholderData: keepPreviousData });
  const known = { ...names, ...Object.fromEntries(found.data?.items.map((row) => [row.id, row.name]) ?? []) };
  const shown = [...new Set([...value, ...(found.data?.items.map((row) => row.id) ?? [])])];
  return (
    <MultiSelect
      ml={28}
      aria-label={t('handle.chooseImages')}
      placeholder={t('handle.chooseImages')}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      filter={({ options }) => options}
      data={shown.map((id) => ({ value: id, label: known[id] ?? id }))}
      value={value}
      onChange={(ids) => {
        setNames(known);
        onChange(ids);
      }}
    />
  );
}
