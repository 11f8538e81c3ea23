import { type SecretChildren, union, wholly } from "../../provider/entries/plugin/secrets";

const whole = wholly(["metadata"]);
const owner: SecretChildren = new Map([["metadata", wholly(["owner"])]]);
const team: SecretChildren = new Map([["metadata", wholly(["team"])]]);

test.each([
  ["a whole and a part of it", whole, owner, whole],
  ["a part and the whole of it", owner, whole, whole],
  ["two parts", owner, team, new Map([["metadata", wholly(["owner", "team"])]])],
  ["different properties", whole, wholly(["value"]), wholly(["metadata", "value"])],
  ["something and nothing", owner, new Map(), owner],
])("secret where either is: %s", (_, a, b, expected) => {
  expect(union(a, b)).toEqual(expected);
});
