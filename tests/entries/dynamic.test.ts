import { dynamicHost } from "../../provider/entries/dynamic";
import { InputError } from "../../provider/pulumi/errors";
import { coreWith, token } from "../plugin/door";

const urn = `urn:pulumi:dev::app::${token}::key`;

async function errorOf(thrown: Error): Promise<Error> {
  const door = dynamicHost(coreWith({ delete: () => Promise.reject(thrown) }), () => "");
  try {
    await door(token.split(":").at(-1) ?? "")?.delete?.("id", { __urn: urn });
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

/** As Pulumi's process prints whatever a check, a diff, a read or a delete throws. */
const printed = (error: Error) => `${error}: ${error.stack}`;

test("what is printed of an error points to its resource, which has the error", async () => {
  const error = await errorOf(new InputError("It is not deleted"));
  expect([printed(error), error.message]).toEqual(["key: its error stands with the resource", "It is not deleted"]);
});

test("the same error may end several calls", async () => {
  const refused = new InputError("It is not deleted");
  expect(printed(await errorOf(refused))).toBe(printed(await errorOf(refused)));
});

test("one of our own mistakes is printed with its stack", async () => {
  expect(printed(await errorOf(new TypeError("undefined is no function")))).toMatch(
    /^TypeError: undefined is no function: .*\n +at /,
  );
});
