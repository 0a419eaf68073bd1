/** Results for those who listen to the page. What comes within five seconds is said in one go. */

const BATCH_MS = 5_000;
const MOST = 5;

let waiting: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let spokenAt = -BATCH_MS;
let speak: (text: string) => void = () => undefined;

/** Say something soon: at once where nothing was said lately. */
export function announce(text: string): void {
  waiting.push(text);
  timer ??= setTimeout(flush, Math.max(0, spokenAt + BATCH_MS - Date.now()));
}

function flush(): void {
  timer = undefined;
  spokenAt = Date.now();
  const said = waiting.slice(0, MOST);
  if (waiting.length > MOST) said.push(`and ${waiting.length - MOST} more`);
  waiting = [];
  speak(said.join(". "));
}

/** Have a region of the page say it. */
export function speakBy(how: (text: string) => void): () => void {
  speak = how;
  return () => {
    speak = () => undefined;
  };
}
