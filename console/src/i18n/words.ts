// All words. A new area is one file in `words/` and one line here.
import { common } from './words/common';
import { images } from './words/images';
import { manage } from './words/manage';
import { overview } from './words/overview';
import { risks } from './words/risks';
import { vocabulary } from './words/vocabulary';

export const words = { ...common, ...vocabulary, ...overview, ...risks, ...images, ...manage };

export type Word = keyof typeof words;
