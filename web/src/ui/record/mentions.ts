/** Somebody whom a text addresses. */
export interface Person {
  id: string;
  name: string;
}

/** A part of a text: words, or the name of somebody whom they address. */
export interface Part {
  text: string;
  mention: boolean;
}

const sign = ({ name }: Person) => `@${name}`;

/** The text in parts; of names that begin alike the longest counts. */
export function partsOf(text: string, people: readonly Person[]): Part[] {
  const signs = people.filter(({ name }) => name).map(sign).sort((one, other) => other.length - one.length);
  const parts: Part[] = [];
  let start = 0;
  let at = text.indexOf("@");
  while (at >= 0) {
    const found = signs.find((one) => text.startsWith(one, at));
    if (found) {
      if (at > start) parts.push({ text: text.slice(start, at), mention: false });
      parts.push({ text: found, mention: true });
      start = at + found.length;
    }
    at = text.indexOf("@", at + (found?.length ?? 1));
  }
  if (start < text.length) parts.push({ text: text.slice(start), mention: false });
  return parts;
}

/** Of those who were chosen while a text was typed, the ids of those whom it still addresses. */
export function mentionedIn(text: string, chosen: readonly Person[]): string[] {
  const names = new Set(partsOf(text, chosen).filter(({ mention }) => mention).map((part) => part.text));
  return [...new Set(chosen.filter((person) => names.has(sign(person))).map(({ id }) => id))];
}
