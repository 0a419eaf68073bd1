import { Link } from "@tanstack/react-router";

import { closeToast, useToasts } from "@/lib/toasts";

import { Button } from "./Button";
import { Icon } from "./Icon";
import { StatusMark } from "./Status";
import styles from "./Toasts.module.css";

/** Results of what was done, in the corner. The live region has said them already. */
export function Toasts() {
  const toasts = useToasts();
  if (toasts.length === 0) return null;
  return (
    <section className={styles.toasts} aria-label="Results">
      {toasts.map((each) => (
        <div key={each.id} className={styles.toast}>
          <StatusMark status={each.isBad ? "failed" : "completed"} />
          <p>
            {each.text} {each.link && <Link to={each.link.href}>{each.link.name}</Link>}
          </p>
          <Button look="quiet" aria-label="Close" onClick={() => closeToast(each.id)}>
            <Icon name="close" size={12} />
          </Button>
        </div>
      ))}
    </section>
  );
}
