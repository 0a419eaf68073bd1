import { send } from "@/api/client";
import { sayError } from "@/api/errors";
import { toast } from "@/lib/toasts";

import styles from "./Log.module.css";
import { logUrl, type Whose } from "./source";

const CHOICES = [
  ["stdout", "stdout"],
  ["stderr", "stderr"],
  ["combined", "both"],
] as const;

/** Output as files: one stream or both, as it was written or packed. */
export function Downloads({ whose }: { readonly whose: Whose }) {
  return (
    <details className={styles.downloads}>
      <summary title="Download">↓ Save</summary>
      <ul>
        {CHOICES.map(([stream, word]) => {
          const url = logUrl(whose, { stream });
          const name = `${whose.taskId}-${whose.attempt}.${stream}.log`;
          return (
            <li key={stream}>
              <a href={url} download={name}>
                {word}
              </a>
              <button type="button" aria-label={`${word}, packed by gzip`} onClick={() => void savePacked(url, `${name}.gz`)}>
                .gz
              </button>
            </li>
          );
        })}
      </ul>
    </details>
  );
}

/** Save it packed: on its way, so that only what is packed is held. */
async function savePacked(url: string, name: string): Promise<void> {
  try {
    const { body } = await send("GET", url, { headers: { accept: "text/plain" } });
    const packed = body && (await new Response(body.pipeThrough(new CompressionStream("gzip"))).blob());
    if (packed) save(packed, name);
  } catch (error) {
    toast(`Could not save the log. ${sayError(error)}`, { isBad: true });
  }
}

const KEPT_MS = 60_000; // the browser reads it after the click

function save(data: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(data);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
