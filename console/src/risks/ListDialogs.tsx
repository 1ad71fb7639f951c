// Two lists people keep, one entry a line: weak passwords to look for, paths to leave out.
import { Button, Modal, Stack, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { api } from '../api/calls';
import { useI18n } from '../i18n';
import { Failure, Loaded } from '../ui/States';
import { useSay } from '../ui/say';

export function WeakPasswordsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const query = useQuery({ queryKey: ['weak-passwords'], queryFn: api.weakPasswords });
  return (
    <Modal opened onClose={onClose} title={t('weak.title')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <Loaded query={query}>
        {(data) => <LinesForm label={t('weak.title')} hint={t('weak.hint')} name="weak-passwords" lines={data.passwords} limit={data.limit} save={api.setWeakPasswords} onClose={onClose} />}
      </Loaded>
    </Modal>
  );
}

export function ExcludePathsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const query = useQuery({ queryKey: ['exclude-paths'], queryFn: api.excludePaths });
  const check = (lines: string[]) => (lines.every((line) => line.startsWith('/')) ? null : t('exclude.absolute'));
  return (
    <Modal opened onClose={onClose} title={t('exclude.title')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <Loaded query={query}>
        {(data) => (
          <LinesForm label={t('exclude.title')} hint={t('exclude.hint', { limit: data.limit })} name="exclude-paths" lines={data.paths} limit={data.limit} check={check} save={api.setExcludePaths} onClose={onClose}>
            {data.default_paths.length > 0 && (
              <div className="quiet small">
                {t('exclude.defaults')}: <code>{data.default_paths.join('  ')}</code>
              </div>
            )}
          </LinesForm>
        )}
      </Loaded>
    </Modal>
  );
}

interface Props {
  label: string;
  hint: string;
  name: string;
  lines: string[];
  limit: number;
  check?: (lines: string[]) => string | null;
  save: (lines: string[]) => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}

function LinesForm({ label, hint, name, lines, limit, check, save, onClose, children }: Props) {
  const { t } = useI18n();
  const tell = useSay();
  const queries = useQueryClient();
  const [text, setText] = useState(lines.join('\n'));
  const entries = text.split('\n').filter((line) => line.trim());
  const wrong = entries.length > limit ? t('weak.tooMany', { limit }) : (check?.(entries) ?? null);
  const put = useMutation({
    mutationFn: () => save(entries),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: [name] });
      tell(t('do.saved'));
      onClose();
    },
  });
  return (
    <form onSubmit={(event) => { event.preventDefault(); if (!wrong) put.mutate(); }}>
      <Stack gap="sm">
        <Textarea label={label} description={hint} error={wrong} autosize minRows={8} maxRows={16} spellCheck={false} classNames={{ input: 'mono' }} value={text} onChange={(event) => setText(event.currentTarget.value)} data-autofocus />
        <div className="quiet small">{t('weak.count', { n: entries.length, limit })}</div>
        {children}
        {put.error && <Failure error={put.error} />}
        <div className="dialog-foot">
          <Button variant="default" onClick={onClose}>{t('do.cancel')}</Button>
          <Button type="submit" loading={put.isPending}>{t('do.ok')}</Button>
        </div>
      </Stack>
    </form>
  );
}

export function BaseImagesDialog({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const query = useQuery({ queryKey: ['base-images', 'own'], queryFn: api.bases });
  return (
    <Modal opened onClose={onClose} size="lg" title={t('settings.bases')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <Loaded query={query}>
        {({ items }) => {
          // A line is a name and its layers; what else is known of a base of that name stays.
          const read = (line: string) => {
            const [name = '', ...diff_ids] = line.trim().split(/\s+/);
            const known = items.find((one) => one.name === name);
            return { name, diff_ids, ...(known && { tags: known.tags, platform: known.platform, digest: known.digest, created: known.created }) };
          };
          return <LinesForm label={t('settings.bases')} hint={t('settings.basesHint')} name="base-images" lines={items.map((one) => [one.name, ...one.diff_ids].join(' '))} limit={1000} save={(lines) => api.setBases(lines.map(read))} onClose={onClose} />;
        }}
      </Loaded>
    </Modal>
  );
}
