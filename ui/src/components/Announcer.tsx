import { useEffect, useState } from "react";

import { speakBy } from "@/lib/announce";

/** The live region: says results, not log lines. */
export function Announcer() {
  const [text, setText] = useState("");
  useEffect(() => speakBy(setText), []);
  return (
    <div className="visually-hidden" role="status" aria-live="polite" aria-atomic="true">
      {text}
    </div>
  );
}
