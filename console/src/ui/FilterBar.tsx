// The one filter bar: search, filters that are always in sight, more to add, chips of what is on.
import { ActionIcon, Button, Checkbox, Menu, Popover, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Facets } from '../api/types';
import { useI18n } from '../i18n';
import type { ListUrl } from '../lib/url';
import { Icon } from './Icon';
import './filter.css';

export interface Filter {
  /** What the server calls it. */
  name: string;
  label: string;
  /** Its values, of a choice; else people type. */
  options?: { value: string; label: string }[];
  /** Only one of them. */
  single?: boolean;
  /** What is typed. */
  type?: 'text' | 'number' | 'date';
  step?: number;
  max?: number;
  placeholder?: string;
  /** Always in sight. */
  pinned?: boolean;
}

interface Props {
  filters: Filter[];
  url: ListUrl;
  facets?: Facets;
  /** What the search looks in; no search without it. */
  searchLabel?: string;
  /** Filters that stand beside the bar: no chips for them. */
  elsewhere?: string[];
  children?: ReactNode;
}

export function FilterBar({ filters, url, facets = {}, searchLabel, elsewhere = [], children }: Props) {
  const { t } = useI18n();
  // What the address asks for is shown, also when this bar has no button for it.
  const on = Object.keys(url.filters).filter((name) => !elsewhere.includes(name)).map((name): Filter => filters.find((filter) => filter.name === name) ?? { name, label: name });
  const more = filters.filter((filter) => !filter.pinned && !url.filters[filter.name]);
  const [adding, setAdding] = useState<string | null>(null);
  const added = more.find((filter) => filter.name === adding);
  return (
    <div className="filter-bar" role="search">
      <div className="filter-row">
        {searchLabel && <Search value={url.q} label={searchLabel} onChange={(q) => url.set({ q })} />}
        {filters.filter((filter) => filter.pinned || filter === added).map((filter) => (
          <FilterButton key={filter.name} filter={filter} value={url.filters[filter.name] ?? ''} counts={facets[filter.name]} openAtOnce={filter === added} onClose={() => setAdding(null)} onChange={(value) => url.set({ [filter.name]: value })} />
        ))}
        {more.length > 0 && (
          <Menu position="bottom-start">
            <Menu.Target>
              <Button variant="subtle" color="gray" leftSection={<Icon name="filter" size={14} />}>{t('list.addFilter')}</Button>
            </Menu.Target>
            <Menu.Dropdown mah={380} style={{ overflowY: 'auto' }}>
              {more.map((filter) => (
                <Menu.Item key={filter.name} onClick={() => setAdding(filter.name)}>{filter.label}</Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        <div className="filter-tools">{children}</div>
      </div>
      {(on.length > 0 || url.q) && (
        <div className="filter-row">
          {on.map((filter) => (
            <span key={filter.name} className="filter-chip">
              <span className="quiet">{filter.label}:</span> {describe(filter, url.filters[filter.name] ?? '')}
              <UnstyledButton aria-label={t('list.remove', { name: filter.label })} onClick={() => url.set({ [filter.name]: null })}>
                <Icon name="close" size={12} />
              </UnstyledButton>
            </span>
          ))}
          <Button variant="subtle" color="gray" size="compact-xs" onClick={url.clear}>{t('list.clear')}</Button>
        </div>
      )}
    </div>
  );
}

/** The labels of a filter's values. */
function describe(filter: Filter, value: string): string {
  return filter.options ? value.split(',').map((one) => filter.options?.find((option) => option.value === one)?.label ?? one).join(', ') : value;
}

function Search({ value, label, onChange }: { value: string; label: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const tell = useDebouncedCallback(onChange, 250);
  const { t } = useI18n();
  useEffect(() => setText(value), [value]);
  useHotkeys([['/', () => input.current?.focus()]]);
  return (
    <TextInput
      ref={input}
      className="filter-search"
      size="xs"
      type="search"
      placeholder={label}
      aria-label={label}
      value={text}
      leftSection={<Icon name="search" size={14} />}
      rightSection={text ? <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('list.remove', { name: t('list.search') })} onClick={() => { setText(''); onChange(''); }}><Icon name="close" size={12} /></ActionIcon> : <kbd className="key">/</kbd>}
      onChange={(event) => {
        setText(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
    />
  );
}

interface ButtonProps {
  filter: Filter;
  value: string;
  counts?: Record<string, number>;
  openAtOnce: boolean;
  onChange: (value: string | null) => void;
  onClose: () => void;
}

function FilterButton({ filter, value, counts, openAtOnce, onChange, onClose }: ButtonProps) {
  const [opened, setOpened] = useState(openAtOnce);
  const close = () => {
    setOpened(false);
    onClose();
  };
  const chosen = value ? value.split(',') : [];
  return (
    <Popover opened={opened} onChange={(next) => (next ? setOpened(true) : close())} position="bottom-start" trapFocus returnFocus>
      <Popover.Target>
        <Button variant={value ? 'light' : 'default'} rightSection={<Icon name="down" size={12} />} onClick={() => (opened ? close() : setOpened(true))}>
          {filter.label}
          {chosen.length > 0 && filter.options && <span className="filter-count">{chosen.length}</span>}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8} aria-label={filter.label}>
        {filter.options ? <Choices filter={filter} chosen={chosen} counts={counts} onChange={onChange} /> : <Typed filter={filter} value={value} onApply={(text) => { onChange(text); close(); }} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function Choices({ filter, chosen, counts, onChange }: { filter: Filter; chosen: string[]; counts?: Record<string, number>; onChange: (value: string | null) => void }) {
  const { language } = useI18n();
  const toggle = (value: string) => {
    const has = chosen.includes(value);
    const next = filter.single ? (has ? [] : [value]) : has ? chosen.filter((one) => one !== value) : [...chosen, value];
    onChange(next.length ? (filter.options ?? []).map((option) => option.value).filter((one) => next.includes(one)).join(',') : null);
  };
  return (
    <div className="filter-choices">
      {filter.options?.map((option) => (
        <label key={option.value} className="filter-choice">
          <Checkbox size="xs" checked={chosen.includes(option.value)} onChange={() => toggle(option.value)} aria-label={option.label} />
          <span>{option.label}</span>
          {counts && <span className="quiet num small">{new Intl.NumberFormat(language).format(counts[option.value] ?? 0)}</span>}
        </label>
      ))}
    </div>
  );
}

function Typed({ filter, value, onApply }: { filter: Filter; value: string; onApply: (value: string) => void }) {
  const { t } = useI18n();
  const [text, setText] = useState(value);
  return (
    <form className="filter-typed" onSubmit={(event) => { event.preventDefault(); onApply(text.trim()); }}>
      <TextInput size="xs" aria-label={filter.label} data-autofocus type={filter.type ?? 'text'} min={0} max={filter.max} step={filter.step ?? (filter.type === 'number' ? 1 : undefined)} placeholder={filter.placeholder} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <Button type="submit">{t('list.apply')}</Button>
    </form>
  );
}
