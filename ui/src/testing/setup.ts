/** What jsdom lacks and every test may need. */

import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);

function show(this: HTMLDialogElement): void {
  this.setAttribute("open", "");
}

// jsdom knows <dialog>, but not how to open it; it has no layout and asks no media.
Object.assign(HTMLDialogElement.prototype, {
  show,
  showModal: show,
  close(this: HTMLDialogElement): void {
    if (!this.hasAttribute("open")) return;
    this.removeAttribute("open");
    this.dispatchEvent(new Event("close"));
  },
});
Object.assign(Element.prototype, { scrollIntoView: () => undefined });
Object.assign(globalThis, {
  scrollTo: () => undefined,
  matchMedia: (media: string) => Object.assign(new EventTarget(), { matches: false, media }),
  ResizeObserver: class {
    observe = () => undefined;
    unobserve = () => undefined;
    disconnect = () => undefined;
  },
});
