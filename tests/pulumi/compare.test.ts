import { z } from "zod";
import { resourceSpec } from "../../provider/codegen/package-schema";
import { resourceClass } from "../../provider/codegen/sdk-resources";
import { compareAll } from "../../provider/pulumi/compare";
import {
  derivedOutputsOf,
  inputsIn,
  type ResourceSchema,
  secretOutputsOf,
  stablesOf,
} from "../../provider/pulumi/schema";
import { SecretInputs } from "../../provider/pulumi/secret-inputs";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A resource that nobody has, with a property for each flag. */
const schema: ResourceSchema = {
  name: "Lamp",
  description: "A lamp.",
  args: z.object({
    socket: z.string().meta({ description: "Where it is. A change replaces the resource.", replaces: true }),
    color: z.string().optional().meta({ description: "Its color. Default white.", default: "white" }),
    labels: z.unknown().optional().meta({ description: "Any JSON.", pulumiType: "Any", members: true }),
  }),
  outputs: z.object({
    serial: z.string().meta({ description: "Its number.", stable: true, secret: true }),
    brightness: z.number().meta({ description: "How bright it is.", derivedFrom: ["color"] }),
  }),
  alternatives: [],
  internal: { __hidden: { secret: true } },
};

const lamp = { socket: "a", color: "red", labels: { room: "hall", floor: 1 } };
const found = (news: object, secrets?: SecretInputs) => [
  ...compareAll(schema, lamp, { ...lamp, ...news }, secrets && { secrets }).result([]).detailed,
];

test.each<[string, object, [string, string, boolean][]]>([
  ["nothing", {}, []],
  ["a property that replaces", { socket: "b" }, [["socket", "update", true]]],
  ["a property that does not", { color: "blue" }, [["color", "update", false]]],
  ["a property that is left out", { color: undefined }, [["color", "delete", false]]],
  ["what is not known", { color: unknown }, [["color", "update", false]]],
  ["a member", { labels: { room: "attic", floor: 1 } }, [["labels.room", "update", false]]],
])("a schema alone tells how it is compared: %s", (_, news, expected) => {
  expect(found(news).map(([path, { kind, replace }]) => [path, kind, replace])).toEqual(expected);
});

test("what is left out is the default", () => {
  const white = { ...lamp, color: "white" };
  const { color: _, ...plain } = lamp;
  expect(compareAll(schema, white, plain).size).toBe(0);
});

test("members are not named where they are secret", () => {
  const paths = found({ labels: { room: "attic", floor: 1 } }, new SecretInputs(["labels"])).map(([path]) => path);
  expect(paths).toEqual(["labels"]);
});

test("the same flags decide the package schema, the class, the stables and the secrets", () => {
  expect(resourceSpec(schema, "")).toMatchObject({
    inputProperties: { socket: { replaceOnChanges: true, description: expect.stringContaining("Where it is") } },
    properties: { serial: { secret: true } },
    requiredInputs: ["socket"],
  });
  expect(resourceClass(schema)).toMatch(/declare readonly color: pulumi\.Output<string \| undefined>;/);
  expect(stablesOf(schema)).toEqual(["socket", "serial"]);
  expect(secretOutputsOf(schema)).toEqual(["serial", "__hidden"]);
  expect(derivedOutputsOf(schema)).toEqual({ brightness: ["color"] });
  expect(inputsIn(schema, { ...lamp, serial: "7", brightness: 3, __hidden: 1 })).toEqual(lamp);
});
