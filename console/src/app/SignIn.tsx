import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/calls';
import { Problem } from '../api/client';
import { useI18n } from '../i18n';
import { useTitle } from '../ui/Bits';
import { Logo } from '../ui/Icon';
import { Banner, Failure } from '../ui/States';
import { LanguageButton } from './Account';
import { useSession } from './session';
import './signin.css';

export function SignIn() {
  const { t } = useI18n();
  const { signedIn, ended } = useSession();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({ mutationFn: () => api.signIn({ username, password }), onSuccess: signedIn });
  const status = signIn.error instanceof Problem ? signIn.error.status : null;
  const wrong = status === 401 ? t('signin.wrong') : status === 429 ? t('signin.often') : null;
  useTitle(t('signin.title'));
  return (
    <main className="signin">
      <form
        className="signin-card"
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <div className="signin-brand">
          <Logo size={44} />
          <h1>{t('app.name')}</h1>
          <p className="quiet">{t('app.tagline')}</p>
        </div>
        {ended && <Banner tone="info">{t('signin.ended')}</Banner>}
        <TextInput label={t('signin.user')} autoComplete="username" autoFocus required value={username} onChange={(event) => setUsername(event.currentTarget.value)} />
        <PasswordInput label={t('signin.password')} autoComplete="current-password" required value={password} error={wrong} onChange={(event) => setPassword(event.currentTarget.value)} />
        {signIn.error && !wrong ? <Failure error={signIn.error} /> : null}
        <Button type="submit" size="sm" fullWidth loading={signIn.isPending}>{t('signin.go')}</Button>
      </form>
      <LanguageButton />
    </main>
  );
}
