import { formatPath, topLevel } from "../../provider/pulumi/property-path";

test.each([
  [["value"], "value"],
  [["metadata", "owner", 0], "metadata.owner[0]"],
  [["values", "a.b", "c"], 'values["a.b"].c'],
  [["values", 'say "hi"'], 'values["say \\"hi\\""]'],
  [["a b", 1], '["a b"][1]'],
  [["metadata", "content-type"], 'metadata["content-type"]'],
])("%j is written %s, and begins with its first name", (path, text) => {
  expect(formatPath(path)).toBe(text);
  expect(topLevel(text)).toBe(path[0]);
});

test.each([[""], ["[0]"], ['["open']])("%j, which is no path, is its own beginning", (text) => {
  expect(topLevel(text)).toBe(text);
});
