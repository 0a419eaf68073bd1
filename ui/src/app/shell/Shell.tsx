import { useQuery } from "@tanstack/react-query";
import { Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useRef, useState, type RefObject } from "react";

import { wake } from "@/api/live/leader";
import { schedulerQuery } from "@/api/queries";
import { ActionsProvider } from "@/components/Actions";
import { Announcer } from "@/components/Announcer";
import { PauseDialog } from "@/components/PauseDialog";
import { Tips } from "@/components/Tips";
import { Toasts } from "@/components/Toasts";
import { ZoneProvider } from "@/components/Zone";

import { BottomBar } from "./BottomBar";
import { ConnectionBar } from "./ConnectionBar";
import { KeysDialog } from "./KeysDialog";
import { Palette } from "./Palette";
import { PausedBand } from "./PausedBand";
import { PrintFoot } from "./PrintFoot";
import { SettingsDialog } from "./SettingsDialog";
import styles from "./Shell.module.css";
import { ShellActions, type Overlay } from "./ShellActions";
import { TopBar } from "./TopBar";

/** What stays around every page. Who has to log in first sees nothing but that. */
export function Shell() {
  const { pathname } = useLocation();
  const isLogin = pathname === "/login";
  return (
    <ActionsProvider>{isLogin ? <Page pathname={pathname} /> : <Frame pathname={pathname} />}</ActionsProvider>
  );
}

function Frame({ pathname }: { readonly pathname: string }) {
  const scheduler = useQuery(schedulerQuery()).data;
  const [overlay, setOverlay] = useState<Overlay | null>(null);
  const close = () => setOverlay(null);
  useEffect(wake, []); // also after a login
  return (
    <ZoneProvider scheduler={timezoneOf(scheduler)}>
      <ShellActions open={setOverlay} />
      <a className={styles.skip} href="#main">
        Skip to the page
      </a>
      <TopBar open={setOverlay} />
      <ConnectionBar />
      <PausedBand />
      <Page pathname={pathname} />
      <BottomBar open={setOverlay} />
      <PrintFoot />
      {overlay === "palette" && <Palette onClose={close} />}
      {overlay === "keys" && <KeysDialog onClose={close} />}
      {overlay === "settings" && <SettingsDialog onClose={close} />}
      {overlay === "pause" && <PauseDialog onClose={close} />}
      <Toasts />
      <Tips />
    </ZoneProvider>
  );
}

/** The scheduler's own zone; older ones do not tell it. */
function timezoneOf(state: object | undefined): string | undefined {
  return state && "timezone" in state && typeof state.timezone === "string" ? state.timezone : undefined;
}

function Page({ pathname }: { readonly pathname: string }) {
  const main = useRef<HTMLElement>(null);
  useFocusOnNewPage(pathname, main);
  return (
    <>
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        <Outlet />
      </main>
      <Announcer />
    </>
  );
}

/** A new page begins at its beginning, for those who hear it too. The first one is announced by the browser. */
function useFocusOnNewPage(pathname: string, main: RefObject<HTMLElement | null>): void {
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [pathname, main]);
}
