import { layout, type LayoutInput } from "./layout";

addEventListener("message", (event: MessageEvent<LayoutInput>) => postMessage(layout(event.data)));
