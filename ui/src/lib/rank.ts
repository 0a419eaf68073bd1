/** How well a text answers what somebody types: the letters in their order, better at beginnings and in a row. */

/** 0 where it does not; more is better. Both are compared without regard to case. */
export function rank(query: string, text: string): number {
  const wanted = query.toLowerCase().trim();
  const found = text.toLowerCase();
  if (wanted === "") return 1;
  if (found === wanted) return 1_000;
  if (found.startsWith(wanted)) return 800 - Math.min(200, found.length);
  const at = found.indexOf(wanted);
  if (at >= 0) return (isBoundary(found, at) ? 500 : 350) - Math.min(190, at + found.length / 10);
  return scattered(wanted, found);
}

function scattered(wanted: string, found: string): number {
  let score = 0;
  let from = 0;
  let last = -2;
  for (const letter of wanted) {
    if (letter === " ") continue;
    let at = found.indexOf(letter, from);
    if (at < 0) return 0;
    // The beginning of a word is meant rather than a letter within one.
    if (at !== last + 1) at = atBoundary(found, letter, at);
    score += at === last + 1 ? 6 : isBoundary(found, at) ? 8 : 1;
    last = at;
    from = at + 1;
  }
  // Mostly letters that happen to be there are no answer.
  return score >= wanted.length * 3 ? Math.min(149, score) : 0;
}

function atBoundary(text: string, letter: string, from: number): number {
  for (let at = from; at >= 0; at = text.indexOf(letter, at + 1)) if (isBoundary(text, at)) return at;
  return from;
}

function isBoundary(text: string, at: number): boolean {
  return at === 0 || !/[a-z0-9]/.test(text[at - 1] ?? "");
}

/** The best answers, best first; of equal ones the earlier. A text that stands later in a row counts for less. */
export function best<T>(query: string, items: readonly T[], textsOf: (item: T) => readonly string[], most: number): readonly T[] {
  if (query.trim() === "") return items.slice(0, most);
  const ranked: { readonly item: T; readonly score: number; readonly at: number }[] = [];
  items.forEach((item, at) => {
    let score = 0;
    textsOf(item).forEach((text, place) => {
      score = Math.max(score, rank(query, text) / (1 + place * 0.25));
    });
    if (score > 0) ranked.push({ item, score, at });
  });
  ranked.sort((a, b) => b.score - a.score || a.at - b.at);
  return ranked.slice(0, most).map((each) => each.item);
}
