// English and Chinese. Each area keeps its words as pairs, so that neither language can lack one.
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { words, type Word } from './words';

export type { Word };
type Language = 'en' | 'zh-CN';

type Values = Record<string, string | number>;

/** The word in this language, `{name}` replaced. Of `one|many` in English, `n` chooses. */
export function translate(language: Language, word: Word, values: Values = {}): string {
  const [english, chinese] = words[word];
  let text: string = language === 'en' ? english : chinese;
  if (language === 'en' && text.includes('|')) {
    const [one = '', many = ''] = text.split('|');
    text = Number(values.n) === 1 ? one : many;
  }
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : (value ?? '');
  });
}

/** Is this a word of the dictionary? For words made of what the server says: `severity.critical`. */
export function isWord(text: string): text is Word {
  return Object.hasOwn(words, text);
}

interface I18n {
  language: Language;
  setLanguage: (language: Language) => void;
  t: (word: Word, values?: Values) => string;
  /** The word for a value of the server's vocabulary, else the value itself. */
  say: (family: string, value: string) => string;
}

const Context = createContext<I18n | null>(null);

function chosen(): Language {
  return document.documentElement.lang.startsWith('zh') ? 'zh-CN' : 'en';
}

export function I18nProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(chosen);
  const value = useMemo<I18n>(() => {
    const t = (word: Word, values?: Values) => translate(language, word, values);
    return {
      language,
      setLanguage: (next) => {
        localStorage.setItem('plimsoll.language', next);
        document.documentElement.lang = next;
        setLanguage(next);
      },
      t,
      say: (family, value) => {
        const word = `${family}.${value}`;
        return isWord(word) ? t(word) : value;
      },
    };
  }, [language]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useI18n(): I18n {
  const value = useContext(Context);
  if (!value) throw new Error('useI18n outside of I18nProvider');
  return value;
}
