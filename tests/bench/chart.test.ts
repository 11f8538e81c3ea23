import { chart } from "./chart";

test("a line goes up with the seconds and right with the entries, and is labelled", () => {
  const svg = chart([
    {
      label: "ours",
      points: [
        { entries: 1000, seconds: 1 },
        { entries: 100_000, seconds: 10 },
      ],
    },
  ]);
  expect(svg).toContain('<polyline points="64,312 480,24"');
  expect(svg).toContain(">ours</text>");
  for (const tick of ["1,000", "10,000", "100,000"]) expect(svg).toContain(`>${tick}</text>`);
});
