/**
 * Puts a client's raw progress into whole lines, one JSON object a line, as buildx 0.13 does not and
 * several clients side by side would not.
 */
export function rawLines(write: (lines: string) => void): (text: string) => void {
  let rest = '';
  let object: string[] | undefined;
  const lineOf = (line: string): string => {
    if (object === undefined && line !== '{') return line.trim() === '' ? '' : `${line}\n`;
    object = [...(object ?? []), line];
    if (line !== '}') return '';
    const whole = object.map((part) => part.trim()).join('');
    object = undefined;
    return `${whole}\n`;
  };
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    const whole = lines.map((line) => lineOf(line)).join('');
    if (whole !== '') write(whole);
  };
}
