/** What a server says in place of a file. */
const answers: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^\s{0,64}(?:<!doctype html|<!--|<html|<head|<body|<\?xml)/i, 'an HTML or XML page'],
  [
    /^\s{0,64}(?:40[0-9]\b|429\b|50[0-4]\b|not found|forbidden|access denied|accessdenied|bad request|bad gateway|moved|found\b|unauthorized|internal server error|too many requests|rate limit|service unavailable|gateway time-?out|error code: \d|upstream connect error|request blocked|invalid request|no such (?:key|file)|page not found|<a href=|<error>)/i,
    'a short answer of a server',
  ],
  [
    /^\s{0,64}\{\s{0,64}"(?:message|errors?|status|statuscode|code|detail|title|documentation_url|success)"/i,
    'a JSON answer of a server',
  ],
];

/** What kind of failed download a text is; undefined where it is none. */
export function downloadOf(text: string): string | undefined {
  return answers.find(([pattern]) => pattern.test(text.slice(0, 512)))?.[1];
}
