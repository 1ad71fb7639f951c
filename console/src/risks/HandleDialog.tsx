// Ignore, unignore, whitelist: which risks, in which images, until when, why, and what that hits right now.
import { Button, Modal, Select, Stack, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import type { Action, DecisionRow, NewDecision, RiskChoice } from '../api/types';
import { useI18n } from '../i18n';
import { Failure } from '../ui/States';
import { useComplain, useSay } from '../ui/say';
import { expiryOf, readExpiry } from './expiry';
import { ExpiryField } from './ExpiryField';
import { HandlePreview, usePreview } from './HandlePreview';
import { readScope, scopeOf } from './scope';
import { ScopeField } from './ScopeField';
import './handle.css';

const JUSTIFICATIONS = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
];

interface Props {
  action: Action;
  risks: RiskChoice;
  /** The image whose page asks. */
  image?: { id: string; name: string };
  /** The decision to change, in place of a new one. */
  decision?: DecisionRow;
  onClose: () => void;
  onDone?: () => void;
}

export function HandleDialog({ action, risks, image, decision, onClose, onDone }: Props) {
  const { t, say } = useI18n();
  const tell = useSay();
  const complain = useComplain();
  const queries = useQueryClient();
  const [scope, setScope] = useState(() => readScope(decision?.scope, image?.id));
  const [expires, setExpires] = useState(() => readExpiry(decision?.expires));
  const [reason, setReason] = useState(decision?.reason ?? '');
  const [justification, setJustification] = useState<string | null>(decision?.justification ?? null);
  const draft: NewDecision = { action, risks, scope: scopeOf(scope, image?.id), reason, justification: action === 'whitelist' ? justification : null, expires: expiryOf(expires) };
  const preview = usePreview(draft);
  const changed = () => void queries.invalidateQueries();
  const undo = useMutation({
    mutationFn: (id: string) => api.undoDecision(id),
    onSuccess: () => {
      changed();
      tell(t('do.undone'));
    },
    onError: complain,
  });
  const save = useMutation({
    mutationFn: () => {
      if (!decision) return api.decide(draft);
      const { scope, reason, justification, expires } = draft;
      return api.changeDecision(decision.id, { scope, reason, justification, expires });
    },
    onSuccess: (made) => {
      changed();
      if (decision) tell(t('do.saved'));
      else tell(t(`handle.done.${action}`, { n: preview.data?.pairs ?? 0 }), () => undo.mutate(made.id));
      onDone?.();
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} size="lg" title={decision ? t('handle.title.edit') : t(`handle.title.${action}`)} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="sm">
          <div>
            <strong className="break">{Array.isArray(risks) ? (risks.length === 1 ? risks[0] : t('handle.risks', { n: risks.length })) : t('handle.filter')}</strong>
            {!Array.isArray(risks) && <code className="small"> {Object.entries(risks.filter).map(([name, value]) => `${name}=${value}`).join(' ')}</code>}
            <div className="quiet">{t(`handle.about.${action}`)}</div>
          </div>
          <ScopeField value={scope} onChange={setScope} image={image} />
          {action !== 'unignore' && <ExpiryField value={expires} onChange={setExpires} />}
          {action === 'whitelist' && (
            <Select clearable label={t('handle.justification')} data={JUSTIFICATIONS.map((value) => ({ value, label: say('justification', value) }))} value={justification} onChange={setJustification} />
          )}
          <Textarea autosize minRows={2} maxRows={6} maxLength={1024} label={t('handle.reason')} description={t('handle.reasonHint')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          <HandlePreview preview={preview} />
          {save.error && <Failure error={save.error} />}
          <div className="dialog-foot">
            <Button variant="default" onClick={onClose}>{t('do.cancel')}</Button>
            <Button type="submit" loading={save.isPending}>{decision ? t('do.save') : say('action', action)}</Button>
          </div>
        </Stack>
      </form>
    </Modal>
  );
}
