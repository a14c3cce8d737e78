/**
 * The fields of a specification such as `type=oci,dest=app.tar`: comma-separated values, as Docker
 * reads them, in which a field may stand in quotation marks. Undefined where it is none.
 *
 * Source: encoding/csv of Go, and buildx, which trims keys and takes them in any case.
 */
export function fieldsOf(text: string): { key: string; value: string }[] | undefined {
  const fields: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/gy;
  for (;;) {
    const found = pattern.exec(text);
    if (found === null) return undefined;
    const [, quoted, plain = '', end] = found;
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '') break;
  }
  return fields.map((field) => {
    const at = field.indexOf('=');
    const key = at < 0 ? field : field.slice(0, at);
    return { key: key.trim().toLowerCase(), value: at < 0 ? '' : field.slice(at + 1).trim() };
  });
}

/** A specification of fields again. */
export function specificationOf(fields: readonly { key: string; value: string }[]): string {
  return fields
    .map(({ key, value }) => `${key}=${value}`)
    .map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
}
