/** A word in English and in Chinese. */
export type Pairs = Record<string, readonly [en: string, zh: string]>;
