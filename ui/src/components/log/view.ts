/** Shows a log in a box that scrolls: only the rows around what is seen are in the page.
 *
 * The anchor is what keeps its place: a row, and where its top is in the box. A small scroll moves the anchor by
 * pixels; a large one goes to the byte that lies at that share of the log. So heights of rows that were never shown
 * need not be known, and wrapped lines are as good as others.
 */

import type { LogDoc, Row } from "./doc";
import { elementOf, isChosen, type Chosen, type Look, type Styles } from "./rows";

/** Browsers stop at 17.9 (Firefox) or 33.5 million pixels. */
const TALLEST = 8_000_000;
const ROW = 20;
const AROUND = 30;
const MOST_ROWS = 400;
const HIDDEN_MS = 100;

export interface ViewEvents {
  /** Following has begun or ended, or the number of lines that came since has changed. */
  onFollow(isFollowing: boolean, newLines: number): void;
  /** A line number was clicked. */
  onNumber(row: Row, isExtended: boolean): void;
}

export class LogView {
  readonly #spacer = document.createElement("div");
  readonly #window = document.createElement("div");
  readonly #end = new AbortController();
  #doc: LogDoc | undefined;
  #stopListening = (): void => undefined;
  #look: Look;
  #rows: Row[] = [];
  #elements = new Map<number, HTMLElement>();
  readonly #opened = new Set<number>();
  #chosen: Chosen | undefined;
  #anchor = { position: 0, px: 0 };
  #top = 0;
  #lastScroll = 0;
  #heightPerPosition = 0;
  #isFollowing = false;
  #canFollow = false;
  #isPointing = false;
  #appendedWhenLet = 0;
  #frame: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly box: HTMLElement,
    look: Look,
    readonly styles: Styles,
    readonly events: ViewEvents,
  ) {
    this.#look = look;
    this.#spacer.className = styles.spacer ?? "";
    this.#window.className = styles.window ?? "";
    this.#spacer.append(this.#window);
    box.replaceChildren(this.#spacer);
    const { signal } = this.#end;
    box.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    box.addEventListener("wheel", (event) => event.deltaY < 0 && this.letGo(), { signal, passive: true });
    box.addEventListener("touchmove", () => this.letGo(), { signal, passive: true });
    box.addEventListener("pointerdown", (event) => event.offsetX > box.clientWidth && this.letGo(), { signal });
    box.addEventListener("selectstart", () => this.letGo(), { signal });
    box.addEventListener("keydown", (event) => this.#key(event), { signal });
    box.addEventListener("click", (event) => this.#clicked(event), { signal });
    const sizes = new ResizeObserver(() => this.#resized());
    sizes.observe(box);
    signal.addEventListener("abort", () => sizes.disconnect());
  }

  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** The position at the top of what is seen. */
  get position(): number {
    return this.#anchor.position;
  }

  /** The position behind what is seen. */
  get bottom(): number {
    return this.#rows[this.#indexAt(this.#lastScroll + this.box.clientHeight - this.#top)]?.to ?? this.position;
  }

  /** Show another log. With `follow` its end, as long as it grows. */
  show(doc: LogDoc, follow: boolean): void {
    this.#stopListening();
    this.#doc = doc;
    this.#stopListening = doc.onChange(() => this.#soon());
    this.#canFollow = follow;
    this.#isFollowing = follow;
    this.#appendedWhenLet = 0;
    this.#heightPerPosition = 0;
    this.#opened.clear();
    this.#clear();
    this.#tell();
    this.#soon();
  }

  /** Whether there is something to follow: at its end the log stands still. */
  setLive(isLive: boolean): void {
    this.#canFollow = isLive;
    if (!isLive && this.#isFollowing) {
      this.render();
      this.#isFollowing = false;
      this.#tell();
    }
  }

  setLook(look: Look): void {
    this.#look = look;
    this.#clear();
    this.render();
  }

  get chosen(): Chosen | undefined {
    return this.#chosen;
  }

  /** Point at a part of a stream. */
  choose(chosen: Chosen | undefined): void {
    this.#chosen = chosen;
    for (const row of this.#rows) this.#elements.get(row.from)?.toggleAttribute("data-chosen", isChosen(row, chosen));
  }

  /** Follow, or go to the end of what stands still. */
  toEnd(): void {
    if (this.#canFollow) {
      this.#isFollowing = true;
      this.#tell();
    } else if (this.#doc) this.#anchor = { position: Math.max(this.#doc.first, this.#doc.size - 1), px: this.box.clientHeight };
    this.render();
  }

  toStart(): void {
    this.letGo();
    this.#anchor = { position: this.#doc?.first ?? 0, px: 0 };
    this.render();
  }

  /** Show a position and point at its line. */
  point(position: number): void {
    this.#isPointing = true;
    this.toPosition(position);
  }

  /** Show a position a third from the top. Instantly: nobody waits for a scroll. */
  toPosition(position: number): void {
    this.letGo();
    this.#anchor = { position, px: Math.floor(this.box.clientHeight / 3) };
    this.render();
  }

  letGo(): void {
    if (!this.#isFollowing) return;
    this.#isFollowing = false;
    this.#appendedWhenLet = this.#doc?.appended ?? 0;
    this.#tell();
  }

  close(): void {
    this.#stopListening();
    this.#end.abort();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
  }

  #tell(): void {
    const since = (this.#doc?.appended ?? 0) - this.#appendedWhenLet;
    this.events.onFollow(this.#isFollowing, this.#isFollowing ? 0 : Math.max(0, since));
  }

  /** Once a frame, however much has come; where there are no frames, ten times a second. */
  #soon(): void {
    if (this.#frame !== undefined || this.#timer !== undefined) return;
    const draw = () => {
      this.#frame = undefined;
      this.#timer = undefined;
      if (!this.#end.signal.aborted) this.render();
      if (!this.#isFollowing && this.#canFollow) this.#tell();
    };
    if (document.hidden) this.#timer = setTimeout(draw, HIDDEN_MS);
    else this.#frame = requestAnimationFrame(draw);
  }

  #resized(): void {
    this.#heightPerPosition = 0;
    this.#soon();
  }

  #clear(): void {
    this.#elements.clear();
    this.#window.replaceChildren();
  }

  /** Draw what is to be seen. */
  render(): void {
    const doc = this.#doc;
    const height = this.box.clientHeight;
    if (!doc || height === 0) return;
    if (doc.size === doc.first) {
      this.#clear();
      this.#spacer.style.height = "0";
      return;
    }
    if (this.#isFollowing) this.#anchor = { position: doc.size - 1, px: height };
    const around = this.#around(doc, height);
    if (!around) return; // it has been asked for, and comes: what was shown stays until then
    this.#rows = around.rows;
    this.#build();
    if (this.#isPointing) {
      const { anchor } = around;
      this.choose({ stream: anchor.stream, from: anchor.bytes[0], to: anchor.bytes[1] });
      this.#isPointing = false;
    }
    this.#place(doc, height, around.anchor);
  }

  /** The rows to draw: those that may be seen, and some above and below. */
  #around(doc: LogDoc, height: number): { rows: Row[]; anchor: Row } | undefined {
    const anchor = doc.rowAt(Math.max(doc.first, Math.min(this.#anchor.position, doc.size - 1)));
    if (!anchor) return undefined;
    const above = Math.min(Math.ceil(Math.max(0, this.#anchor.px) / ROW) + AROUND, MOST_ROWS / 2);
    const below = Math.min(Math.ceil(Math.max(0, height - this.#anchor.px) / ROW) + AROUND, MOST_ROWS / 2);
    const rows = [anchor];
    for (let row = doc.rowBefore(anchor.from), count = 0; row && count < above; count += 1) {
      rows.unshift(row);
      row = doc.rowBefore(row.from);
    }
    for (let at = anchor.to, count = 0; at < doc.size && count < below; count += 1) {
      const row = doc.rowAt(at);
      if (!row) break;
      rows.push(row);
      at = row.to;
    }
    return { rows, anchor };
  }

  #build(): void {
    const next = new Map<number, HTMLElement>();
    for (const row of this.#rows) {
      const key = row.from;
      const signature = `${row.to}/${row.number ?? ""}/${row.at ?? ""}`;
      let element = this.#elements.get(key);
      if (element?.dataset.signature !== signature) {
        element?.remove();
        element = elementOf(row, this.#look, this.styles, this.#opened.has(key));
        element.dataset.signature = signature;
        element.toggleAttribute("data-chosen", isChosen(row, this.#chosen));
      }
      next.set(key, element);
    }
    for (const [key, element] of this.#elements) if (next.get(key) !== element) element.remove();
    let before = this.#window.firstChild;
    for (const element of next.values()) {
      if (element === before) before = element.nextSibling;
      else this.#window.insertBefore(element, before);
    }
    this.#elements = next;
  }

  /** Put the drawn rows where the anchor is to be seen, and the scroll bar where that is in the log. */
  #place(doc: LogDoc, height: number, anchor: Row): void {
    const first = this.#rows[0] ?? anchor;
    const last = this.#rows.at(-1) ?? anchor;
    const drawn = this.#window.offsetHeight;
    this.#heightPerPosition ||= drawn / Math.max(1, last.to - first.from);
    const estimated = Math.min(TALLEST, (doc.size - doc.first) * this.#heightPerPosition);
    const inside = this.#elements.get(anchor.from)?.offsetTop ?? 0;
    const isStart = first.from <= doc.first;
    const isEnd = last.to >= doc.size;
    let top = this.box.scrollTop + this.#anchor.px - inside;
    const share = (first.from - doc.first) / Math.max(1, doc.size - doc.first);
    if (isStart) top = 0;
    else if (top < height || top > TALLEST || this.#isFollowing || Math.abs(top - share * estimated) > 4 * height)
      top = Math.max(height, share * estimated);
    const whole = isEnd ? top + drawn : Math.max(estimated, top + drawn + height);
    this.#top = top;
    this.#spacer.style.height = `${Math.ceil(whole)}px`;
    this.#window.style.transform = `translateY(${top}px)`;
    const wanted = this.#isFollowing ? whole : top + inside - this.#anchor.px;
    const scroll = Math.round(Math.min(Math.max(0, whole - height), Math.max(0, wanted)));
    if (Math.abs(this.box.scrollTop - scroll) >= 1) this.box.scrollTop = scroll;
    this.#lastScroll = this.box.scrollTop;
    this.#settle();
  }

  /** Take what is at the top now for the anchor. */
  #settle(): void {
    const line = this.#lastScroll - this.#top;
    const low = this.#indexAt(line);
    const row = this.#rows[low];
    if (row && !this.#isFollowing) this.#anchor = { position: row.from, px: (this.#elementAt(low)?.offsetTop ?? 0) - line };
  }

  /** The drawn row at so many pixels from the first one's top. */
  #indexAt(line: number): number {
    let low = 0;
    let high = this.#rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#elementAt(middle)?.offsetTop ?? 0) <= line) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #elementAt(index: number): HTMLElement | undefined {
    const row = this.#rows[index];
    return row && this.#elements.get(row.from);
  }

  #scrolled(): void {
    const doc = this.#doc;
    const scroll = this.box.scrollTop;
    const moved = scroll - this.#lastScroll;
    if (!doc || Math.abs(moved) < 1) return;
    this.#lastScroll = scroll;
    if (this.#isFollowing && moved < 0) this.letGo();
    if (this.#isFollowing) return;
    const height = this.box.clientHeight;
    const drawnTo = this.#top + this.#window.offsetHeight;
    const whole = this.#spacer.offsetHeight;
    if (scroll + height < this.#top || scroll > drawnTo) {
      const share = scroll / Math.max(1, whole - height);
      this.#anchor = { position: doc.first + Math.floor(share * (doc.size - doc.first)), px: 0 };
      this.#soon();
      return;
    }
    this.#settle();
    const isAtEnd = scroll + height >= whole - 2 && (this.#rows.at(-1)?.to ?? 0) >= doc.size;
    if (isAtEnd && moved > 0 && this.#canFollow) this.toEnd();
    else if (scroll - this.#top < (AROUND / 2) * ROW || drawnTo - scroll - height < (AROUND / 2) * ROW) this.#soon();
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Home") {
      event.preventDefault();
      this.toStart();
    } else if (event.key === "End") {
      event.preventDefault();
      this.toEnd();
    } else if (event.key === "ArrowUp" || event.key === "PageUp") this.letGo();
  }

  #clicked(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    const element = target.closest<HTMLElement>("[data-from]");
    const row = element && this.#rows.find((each) => each.from === Number(element.dataset.from));
    if (!row) return;
    if (target.matches("[data-number]")) this.events.onNumber(row, event.shiftKey);
    else if (target.matches("button")) {
      if (!this.#opened.delete(row.from)) this.#opened.add(row.from);
      this.#elements.get(row.from)?.setAttribute("data-signature", "");
      this.render();
    }
  }
}
