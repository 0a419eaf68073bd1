/** Colours that output asks for, moved until they can be read. */

export type Rgb = readonly [number, number, number];

const LEAST = 4.5;

/** Relative luminance (WCAG 2.2). */
export function luminance(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const known = new Map<string, string>();

/** The colour as CSS, mixed with black or white until it has 4.5:1 to the ground. */
export function readable(wanted: Rgb, ground: Rgb): string {
  const key = `${wanted.join()}/${ground.join()}`;
  let css = known.get(key);
  if (css === undefined) {
    if (known.size > 2_000) known.clear(); // somebody prints a gradient
    css = `rgb(${moved(wanted, ground).join(" ")})`;
    known.set(key, css);
  }
  return css;
}

function moved(wanted: Rgb, ground: Rgb): Rgb {
  const end = luminance(ground) > 0.18 ? 0 : 255;
  for (let step = 0; step <= 20; step += 1) {
    const rgb = wanted.map((value) => Math.round(value + ((end - value) * step) / 20)) as unknown as Rgb;
    if (contrast(rgb, ground) >= LEAST) return rgb;
  }
  return [end, end, end];
}
