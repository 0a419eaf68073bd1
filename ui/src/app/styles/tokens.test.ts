import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

const CSS = readFileSync(new URL("tokens.css", import.meta.url), "utf8");
type Rgb = readonly [number, number, number];
type Theme = 0 | 1;

/** A colour of a theme: 0 light, 1 dark. */
function color(name: string, theme: Theme): Rgb {
  const found = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(CSS);
  const hex = found?.[theme + 1] ?? "";
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Rgb;
}

const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);

function luminance(rgb: Rgb): number {
  return 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
}

/** WCAG 2. */
function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

/** What somebody without one kind of cones sees, in linear light (Machado 2009, whole). */
const SIGHT: Record<string, readonly (readonly number[])[]> = {
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}; // prettier-ignore

function oklab(light: readonly number[]): Rgb {
  const [r = 0, g = 0, b = 0] = light.map((value) => Math.min(1, Math.max(0, value)));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function seen(rgb: Rgb, sight: string): Rgb {
  const light = rgb.map(linear);
  return oklab((SIGHT[sight] ?? []).map((row) => row.reduce((sum, part, at) => sum + part * (light[at] ?? 0), 0)));
}

/** How far apart two colours are to somebody, in OKLab times 100. */
function distance(a: Rgb, b: Rgb, sight: string): number {
  const [x, y] = [seen(a, sight), seen(b, sight)];
  return 100 * Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

const TONES = ["completed", "failed", "running", "retrying", "interrupted", "neutral"];
const SURFACES = ["surface", "surface-2", "surface-3"];
const THEMES = [["light", 0], ["dark", 1]] as const; // prettier-ignore
const HUES = TONES.filter((tone) => tone !== "neutral");

describe.each(THEMES)("in %s", (_, theme) => {
  test.each(TONES)("the mark of %s stands out from every surface by 3:1", (tone) => {
    for (const surface of SURFACES)
      expect(contrast(color(`${tone}-mark`, theme), color(surface, theme)), surface).toBeGreaterThanOrEqual(3.19);
  });

  test.each(TONES)("the text of %s can be read on every surface and on its tint", (tone) => {
    for (const ground of [...SURFACES, `${tone}-tint`])
      expect(contrast(color(`${tone}-text`, theme), color(ground, theme)), ground).toBeGreaterThanOrEqual(5.7);
  });

  test("text, muted text and links can be read everywhere", () => {
    for (const name of ["text", "muted", "accent"])
      for (const surface of SURFACES)
        expect(contrast(color(name, theme), color(surface, theme)), `${name} on ${surface}`).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color("on-accent", theme), color("accent", theme))).toBeGreaterThanOrEqual(4.5);
  });

  test("the edge of a control is seen on every surface", () => {
    for (const surface of SURFACES) expect(contrast(color("edge", theme), color(surface, theme)), surface).toBeGreaterThanOrEqual(3);
  });

  test.each(Object.keys(SIGHT))("no two hues are near each other to the %s eye", (sight) => {
    for (const [at, a] of HUES.entries())
      for (const b of HUES.slice(at + 1))
        expect(distance(color(`${a}-mark`, theme), color(`${b}-mark`, theme), sight), `${a}, ${b}`).toBeGreaterThanOrEqual(10.6);
    expect(distance(color("completed-mark", theme), color("failed-mark", theme), sight)).toBeGreaterThanOrEqual(14);
  });
});
