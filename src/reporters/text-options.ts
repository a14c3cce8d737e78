import type { Paint } from '../model/paint.ts';

/** What a text for people may use. */
export interface TextOptions {
  width: number;
  unicode: boolean;
  colour: Paint;
}
