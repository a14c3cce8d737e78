/** One simple command of a shell script. */
export interface SimpleCommand {
  /** Without quotes; what only the shell knows (`$A`, `$(…)`, globs) stands as it is written. */
  words: string[];
  /** Whether it depends on something that the command is executed at all. */
  conditional: boolean;
}

const opens = new Set(['if', 'while', 'until', 'for', 'case', 'select', '{']);
const closes = new Set(['fi', 'done', 'esac', '}']);
const between = new Set(['then', 'else', 'elif', 'do', '!']);
/** Commands whose end only says whether the next one is executed. */
const questions = new Set(['[', '[[', 'test', 'command', 'grep', 'which', 'type', 'false']);
const LONGEST = 64 * 1024;

/** A word, or what stands between commands: `;`, `&&`, `||`, `|`, `&`, `(`, `)`, a line's end. */
type Token = { word: string; quoted: boolean } | { mark: string };

/** Splits a script into words and marks, as a POSIX shell reads it. */
class Tokens {
  private readonly text: string;
  private at = 0;
  private heredocs: string[] = [];

  constructor(text: string) {
    this.text = text;
  }

  *all(): Generator<Token> {
    while (this.at < this.text.length) {
      const rest = this.text[this.at] ?? '';
      if (rest === ' ' || rest === '\t' || rest === '\r') this.at++;
      else if (this.text.startsWith('\\\n', this.at)) this.at += 2;
      else if (rest === '#') this.skipLine();
      else if (rest === '\n') yield this.endLine();
      else if (/[;&|()]/.test(rest)) yield this.mark();
      else if (/^\d*[<>]/.test(this.text.slice(this.at, this.at + 4))) this.redirect();
      else yield this.word();
    }
  }

  private skipLine(): void {
    const end = this.text.indexOf('\n', this.at);
    this.at = end === -1 ? this.text.length : end;
  }

  private endLine(): Token {
    this.at++;
    for (const end of this.heredocs.splice(0)) {
      while (this.at < this.text.length) {
        const start = this.at;
        this.skipLine();
        const line = this.text.slice(start, this.at++);
        if (line.replace(/^\t+/, '') === end) break;
      }
    }
    return { mark: '\n' };
  }

  private mark(): Token {
    const two = this.text.slice(this.at, this.at + 2);
    const mark = two === '&&' || two === '||' || two === ';;' ? two : (two[0] ?? '');
    this.at += mark.length;
    return { mark };
  }

  /** `> file`, `2>&1`, `<<END`: none of a command's words. */
  private redirect(): void {
    const operator = /^\d*(?:<<<|<<-?|<>|>>|[<>]&?|>\|)/.exec(this.text.slice(this.at))?.[0] ?? '<';
    this.at += operator.length;
    while (this.text[this.at] === ' ' || this.text[this.at] === '\t') this.at++;
    if (/[\n;|)]/.test(this.text[this.at] ?? '\n')) return;
    const { word } = this.word();
    if (/<<-?$/.test(operator)) this.heredocs.push(word);
  }

  private word(): { word: string; quoted: boolean } {
    let word = '';
    let quoted = false;
    while (this.at < this.text.length) {
      const own = this.text[this.at] ?? '';
      if (/[\s;&|()<>]/.test(own)) break;
      if (own === "'" || own === '"' || own === '`') {
        quoted = true;
        word += this.quotation(own);
      } else if (own === '\\') {
        quoted = true;
        if (this.text[this.at + 1] !== '\n') word += this.text[this.at + 1] ?? '';
        this.at += 2;
      } else if (this.text.startsWith('$(', this.at)) word += this.substitution();
      else {
        word += own;
        this.at++;
      }
    }
    return { word, quoted };
  }

  /** What stands in quotation marks. */
  private quotation(mark: string): string {
    const start = ++this.at;
    while (this.at < this.text.length && this.text[this.at] !== mark) {
      this.at += mark !== "'" && this.text[this.at] === '\\' ? 2 : 1;
    }
    const inside = this.text.slice(start, this.at++);
    return mark === '`' ? `$(${inside})` : inside;
  }

  private substitution(): string {
    const start = this.at;
    let depth = 0;
    for (this.at++; this.at < this.text.length; this.at++) {
      if (this.text[this.at] === '(') depth++;
      if (this.text[this.at] === ')' && --depth === 0) break;
    }
    return this.text.slice(start, ++this.at);
  }
}

/** What the commands so far say of the next one. */
class Reader {
  readonly commands: SimpleCommand[] = [];
  private words: string[] = [];
  private depth = 0;
  private parentheses = 0;
  private depends = false;
  private last = '';

  take(token: Token): void {
    if ('mark' in token) this.between(token.mark);
    else this.word(token);
  }

  private word(token: { word: string; quoted: boolean }): void {
    this.last = '';
    if (this.words[0] === 'function' && token.word === '{') {
      this.words = [];
      this.depth++;
    } else if (this.words.length === 0 && !token.quoted) this.first(token.word);
    else this.words.push(token.word);
  }

  finish(): SimpleCommand[] {
    this.end();
    return this.commands;
  }

  private first(word: string): void {
    if (opens.has(word)) {
      this.depth++;
      // What is asked, or gone through, is no command here.
      if (word !== '{') this.words.push(word);
    } else if (closes.has(word)) this.depth = Math.max(0, this.depth - 1);
    else if (!between.has(word)) this.words.push(word);
  }

  private between(mark: string): void {
    // `a &&`, and b on the next line.
    if (mark === '\n' && this.words.length === 0 && /^(?:&&|\|\|?)$/.test(this.last)) return;
    this.last = mark;
    if (mark === '(' || mark === ')') {
      this.parenthesis(mark);
      return;
    }
    const [first = ''] = this.words;
    this.end();
    if (mark === '||') this.depends = true;
    else if (mark === '&&') this.depends ||= questions.has(first);
    else if (mark !== '|') this.depends = false;
  }

  private parenthesis(mark: '(' | ')'): void {
    if (mark === ')' && this.parentheses > 0) {
      this.end();
      this.parentheses--;
      this.depth--;
      return;
    }
    // A function's name, or a pattern of case.
    this.words = [];
    if (mark === ')') return;
    this.parentheses++;
    this.depth++;
  }

  private end(): void {
    if (this.words.length > 0) {
      this.commands.push({ words: this.words, conditional: this.depends || this.depth > 0 });
    }
    this.words = [];
  }
}

/**
 * The simple commands of a shell script. A reading that is good enough to say which commands are
 * executed for certain: what is not plain counts as conditional. Source: POSIX, Shell Command Language.
 */
export function splitCommands(script: string): SimpleCommand[] {
  const reader = new Reader();
  for (const token of new Tokens(script.slice(0, LONGEST)).all()) reader.take(token);
  return reader.finish();
}
