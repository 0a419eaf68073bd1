import { OFFLINE_MS, QUIET_MS, useConnection, type Connection } from "@/api/live/connection";
import { Time } from "@/components/Time";
import { useNow } from "@/lib/clock";
import { formatRough } from "@/lib/duration";

import styles from "./Bands.module.css";

/** Says when what is shown may be old, and since when. */
export function ConnectionBar() {
  const connection = useConnection();
  return connection.state === "lost" ? <Lost connection={connection} /> : null;
}

function Lost({ connection }: { readonly connection: Connection }) {
  const span = useNow(1_000) - connection.since;
  if (span < QUIET_MS) return null;
  const from = (
    <>
      What you see is from <Time at={connection.since} />.
    </>
  );
  return (
    <div className={styles.band} data-look="lost" role="status">
      {span >= OFFLINE_MS ? (
        <p>
          <strong>The scheduler does not answer.</strong> Running tasks go on without it. {from}
        </p>
      ) : (
        <p>
          {/* The seconds are for the eye alone: a live region would say each of them. */}
          Connection lost<span aria-hidden="true"> {formatRough(span)} ago</span>. {from}
        </p>
      )}
    </div>
  );
}
