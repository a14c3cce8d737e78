import type { Style } from '../io/terminal.ts';

/** What a text for people may use. */
export interface TextOptions {
  width: number;
  unicode: boolean;
  colour: (style: Style, text: string) => string;
}
