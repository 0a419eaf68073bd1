/** Server-sent events from bytes that come in pieces. */

export interface ServerEvent {
  /** Of the newest event, also where nothing but the id was sent. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Returns a function that takes the next piece of text and gives the events that it completes. An event
 * without data only moves the id on: it is given with an empty name. */
export function eventParser(): (piece: string) => ServerEvent[] {
  let rest = "";
  let id = "";
  return (piece) => {
    rest += piece;
    const events: ServerEvent[] = [];
    for (;;) {
      const end = rest.indexOf("\n\n");
      if (end < 0) return events;
      const block = rest.slice(0, end);
      rest = rest.slice(end + 2);
      let event = "";
      let data = "";
      for (const line of block.split("\n")) {
        if (line.startsWith("id: ")) id = line.slice(4);
        else if (line.startsWith("event: ")) event = line.slice(7);
        else if (line.startsWith("data: ")) data += (data && "\n") + line.slice(6);
      }
      if (id !== "" || event !== "") events.push({ id, event, data });
    }
  };
}
