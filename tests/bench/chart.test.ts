import { chart } from "../../tools/bench/chart";

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

test("labels of lines that end together are not written over each other", () => {
  const points = [
    { entries: 10, seconds: 1 },
    { entries: 1000, seconds: 9 },
  ];
  const svg = chart([
    { label: "ours", points },
    { label: "theirs", points },
  ]);
  const heights = [...svg.matchAll(/y="(\d+)" fill="#\w+">(?:ours|theirs)/g)].map(([, y]) => Number(y));
  expect(heights[1]).toBe((heights[0] ?? 0) + 14);
});
