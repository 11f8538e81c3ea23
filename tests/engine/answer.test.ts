import { CreateResponse } from "@pulumi/pulumi/proto/provider_pb";
import { encode, textOf } from "../../tools/engine/call";
import { secret } from "../../tools/engine/property";

test("an answer's text has all that it says, at any depth, but for what its secrets hold", () => {
  const properties = { open: [{ shown: "seen" }], inner: { closed: secret({ list: ["hidden"] }) } };
  const text = textOf(encode(new CreateResponse(), { id: "the-id", properties }));
  for (const said of ["the-id", "shown", "seen", "closed"]) expect(text).toContain(said);
  expect(text).not.toContain("hidden");
});
