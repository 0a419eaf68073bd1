import { useQuery } from "@tanstack/react-query";

import { schedulerQuery } from "@/api/queries";
import { Button } from "@/components/Button";
import { useWhyNot } from "@/components/may";
import { useResume } from "@/components/PauseDialog";
import { StatusMark } from "@/components/Status";
import { Time } from "@/components/Time";

import styles from "./Bands.module.css";

/** "Paused by ana at 14:00: upgrade. Nothing starts by schedule until 16:00." On every page. */
export function PausedBand() {
  const pause = useQuery(schedulerQuery()).data?.pause;
  const whyNot = useWhyNot("admin");
  const resume = useResume();
  if (!pause) return null;
  return (
    <div className={styles.band} data-look="paused" role="status">
      <StatusMark status="retrying" />
      <p>
        <strong>Paused</strong>
        {pause.by !== null && ` by ${pause.by}`} at <Time at={pause.since} />
        {pause.reason !== null && `: ${pause.reason}`}. Nothing starts by schedule
        {pause.until !== null && (
          <>
            {" "}
            until <Time at={pause.until} />
          </>
        )}
        .
      </p>
      <Button disabledReason={whyNot} onClick={() => resume.mutate()}>
        Resume
      </Button>
    </div>
  );
}
