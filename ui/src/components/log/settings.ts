/** How this browser's user likes logs. */

import { isBoolean, oneOf, stored } from "@/lib/stored";

import type { TimeMode } from "./rows";

export const logWrap = stored<boolean>("log.wrap", true, isBoolean);
export const logTimes = stored<TimeMode>("log.times", "off", oneOf("off", "relative", "absolute"));
