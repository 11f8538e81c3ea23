/** One tool's seconds by the number of entries. */
export interface Line {
  readonly label: string;
  readonly points: readonly { readonly entries: number; readonly seconds: number }[];
}

const size = { width: 640, height: 360 };
const plot = { left: 64, right: 480, top: 24, bottom: 312 };
const colours = ["#f48120", "#5b6770", "#2c7be5"];

/** Seconds against entries, both by powers of ten, as an SVG that reads on light and dark pages. */
export function chart(lines: readonly Line[]): string {
  const points = lines.flatMap((line) => line.points);
  const x = scale(
    points.map(({ entries }) => entries),
    plot.left,
    plot.right,
  );
  const y = scale(
    points.map(({ seconds }) => seconds),
    plot.bottom,
    plot.top,
  );
  const ends = lines.map(({ points }) => y.at(points.at(-1)?.seconds ?? 1));
  const labels = apart(ends);
  const drawn = lines.map((line, index) => drawLine(line, colours[index] ?? "black", x.at, y.at, labels[index] ?? 0));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12" fill="#808080">
<title>Seconds to write a new set, by the number of its entries</title>
${x.ticks.map((tick) => verticalTick(tick, x.at(tick))).join("\n")}
${y.ticks.map((tick) => horizontalTick(tick, y.at(tick))).join("\n")}
<text x="${(plot.left + plot.right) / 2}" y="${size.height - 12}" text-anchor="middle">entries in a new set, 100 bytes each; 200 ms a request</text>
<text x="16" y="${plot.top - 8}">seconds</text>
${drawn.join("\n")}
</svg>
`;
}

interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** The powers of ten around the values, from one pixel to another. */
function scale(values: readonly number[], from: number, to: number): Scale {
  const lowest = Math.floor(Math.log10(Math.min(...values)));
  const highest = Math.max(lowest + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    ticks: Array.from({ length: highest - lowest + 1 }, (_, index) => 10 ** (lowest + index)),
    at: (value) => Math.round(from + ((Math.log10(value) - lowest) / (highest - lowest)) * (to - from)),
  };
}

function verticalTick(entries: number, x: number): string {
  const label = `<text x="${x}" y="${plot.bottom + 16}" text-anchor="middle">${entries.toLocaleString("en-US")}</text>`;
  return `<path d="M${x} ${plot.top}V${plot.bottom}" stroke="#808080" stroke-opacity=".3"/>${label}`;
}

function horizontalTick(seconds: number, y: number): string {
  const label = `<text x="${plot.left - 8}" y="${y + 4}" text-anchor="end">${Number(seconds.toPrecision(1))}</text>`;
  return `<path d="M${plot.left} ${y}H${plot.right}" stroke="#808080" stroke-opacity=".3"/>${label}`;
}

const labelHeight = 14;

/** Where texts stand that would be written over each other: each below the one before. */
function apart(heights: readonly number[]): number[] {
  const order = heights.map((height, index) => ({ height, index })).sort((a, b) => a.height - b.height);
  const places: number[] = [];
  let free = Number.NEGATIVE_INFINITY;
  for (const { height, index } of order) {
    places[index] = Math.max(height, free);
    free = Math.max(height, free) + labelHeight;
  }
  return places;
}

function drawLine({ label, points }: Line, colour: string, x: Scale["at"], y: Scale["at"], labelAt: number): string {
  const places = points.map(({ entries, seconds }) => `${x(entries)},${y(seconds)}`);
  const last = points.at(-1);
  const name = last ? `<text x="${x(last.entries) + 8}" y="${labelAt + 4}" fill="${colour}">${label}</text>` : "";
  return `<polyline points="${places.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>${name}`;
}
