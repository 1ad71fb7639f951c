// A dialog made of fields: pages say which, this says how they look and behave.
import { Button, Modal, NativeSelect, PasswordInput, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Problem } from '../api/client';
import { useI18n } from '../i18n';
import { Failure } from './States';

// Comes when a form has such a field: it carries much.
const MultiSelect = lazy(() => import('./MultiChoice'));

export interface Field<V = Record<string, unknown>> {
  name: keyof V & string;
  label: string;
  type?: 'text' | 'password' | 'number' | 'lines' | 'area' | 'choice' | 'choices' | 'switch';
  hint?: string;
  placeholder?: string;
  required?: boolean;
  options?: { value: string; label: string }[];
  min?: number;
  max?: number;
  /** Behind "More". */
  rare?: boolean;
}

interface Props<V> {
  title: string;
  fields: Field<V>[];
  values: V;
  /** Numbers are `null` when empty, lines are lists. */
  save: (values: V) => Promise<unknown>;
  onDone?: () => void;
  onClose: () => void;
  action?: string;
  children?: ReactNode;
}

export function FormDialog<V extends object>({ title, fields, values, save, onDone, onClose, action, children }: Props<V>) {
  const { t } = useI18n();
  const [draft, setDraft] = useState(values);
  const [wide, setWide] = useState(false);
  const put = useMutation({ mutationFn: () => save(draft), onSuccess: onDone });
  const wrong = put.error instanceof Problem ? put.error : null;
  const often = fields.filter((field) => !field.rare);
  const rare = fields.filter((field) => field.rare);
  const input = (field: Field<V>) => (
    <FieldInput key={field.name} field={field as Field} first={field === fields[0]} value={draft[field.name]} error={wrong?.field === field.name ? wrong.detail : undefined} onChange={(value) => setDraft((before) => ({ ...before, [field.name]: value }))} />
  );
  return (
    <Modal opened onClose={onClose} size="lg" title={title} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <form onSubmit={(event) => { event.preventDefault(); put.mutate(); }}>
        <Stack gap="sm">
          {often.map(input)}
          {rare.length > 0 && !wide && <Button variant="subtle" color="gray" onClick={() => setWide(true)}>{t('form.more')}</Button>}
          {wide && rare.map(input)}
          {children}
          {put.error && (!wrong?.field || (!wide && rare.some((field) => field.name === wrong.field)) || !fields.some((field) => field.name === wrong.field)) ? <Failure error={put.error} /> : null}
          <div className="dialog-foot">
            <Button variant="default" onClick={onClose}>{t('do.cancel')}</Button>
            <Button type="submit" loading={put.isPending}>{action ?? t('do.save')}</Button>
          </div>
        </Stack>
      </form>
    </Modal>
  );
}

export function FieldInput({ field, value, error, first, onChange }: { field: Field; value: unknown; error?: string; first?: boolean; onChange: (value: unknown) => void }) {
  const common = { 'data-autofocus': first || undefined, label: field.label, description: field.hint, placeholder: field.placeholder, error, required: field.required };
  switch (field.type) {
    case 'password':
      return <PasswordInput {...common} size="sm" autoComplete="new-password" value={String(value ?? '')} onChange={(event) => onChange(event.currentTarget.value)} />;
    case 'number':
      return <TextInput {...common} type="number" step={1} min={field.min ?? 0} max={field.max} value={(value as number | null) ?? ''} onChange={(event) => onChange(event.currentTarget.value === '' ? null : Number(event.currentTarget.value))} />;
    case 'lines':
      return <Textarea {...common} autosize minRows={2} maxRows={10} spellCheck={false} value={(value as string[]).join('\n')} onChange={(event) => onChange(event.currentTarget.value.split('\n'))} onBlur={() => onChange((value as string[]).map((line) => line.trim()).filter(Boolean))} />;
    case 'area':
      return <Textarea {...common} autosize minRows={3} maxRows={18} spellCheck={false} classNames={{ input: 'mono' }} value={String(value ?? '')} onChange={(event) => onChange(event.currentTarget.value)} />;
    case 'choice':
      return <NativeSelect size="sm" {...common} data={field.options} value={String(value ?? '')} onChange={(event) => onChange(event.currentTarget.value)} />;
    case 'choices':
      return (
        <Suspense>
          <MultiSelect {...common} size="sm" searchable data={field.options} value={value as string[]} onChange={onChange} />
        </Suspense>
      );
    case 'switch':
      return <Switch size="sm" label={field.label} description={field.hint} checked={Boolean(value)} onChange={(event) => onChange(event.currentTarget.checked)} />;
    default:
      return <TextInput {...common} value={String(value ?? '')} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
}
