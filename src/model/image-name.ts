/** Source: distribution/reference, regexp.go: name, and tag of at most 128 characters. */
const reference =
  /^(?:(?:[A-Za-z0-9.-]+|\[[A-Fa-f0-9:]+\])(?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$/;

/** Whether a registry takes a text as the name of an image, with or without a tag. */
export function isImageName(text: string): boolean {
  return reference.test(text);
}

/** What to write instead of a text that is no name of an image. */
export function remedyForImageName(text: string): string {
  if (/\{\{|\}\}/.test(text))
    return 'Write a variable as {{git.sha}}, with two brackets on each side.';
  if (text.includes('$'))
    return 'Write {{git.sha}}, {{git.branch}} or another variable; those of the environment are not read.';
  if (text.includes(',')) return 'Write each name as an item of the list.';
  if (/\s/.test(text)) return 'Take the blanks out.';
  if (/^\w+:\/\//.test(text)) return 'Leave out the "https://".';
  if (text.includes('@')) return 'Leave out the digest: what is built has one of its own.';
  if (/[A-Z]/.test(text.replace(/:[^/]*$/, ''))) return 'Write the name in lower-case letters.';
  return 'Write [registry/]name[:tag]; names are of lower-case letters, digits and single separators.';
}
