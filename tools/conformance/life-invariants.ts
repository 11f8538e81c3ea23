import fc from "fast-check";
import { mustHide, secretSomewhere, unknownSomewhere } from "./check-invariants";
import { mustFindNothing } from "./diff-invariants";
import { checked, invariant, living, type Marked, must, updates } from "./invariant";
import type { Found, State } from "./resource";
import { type Bag, brokenPromise, formatPath, hasUnknown, isSame } from "./value";

export const writesNothing = invariant<[Bag, Bag]>({
  sentence: "nothing but a real Create, Update or Delete writes",
  generated: updates,
  async holds(subject, [before, after]) {
    const { resource, writes = async () => "" } = subject;
    const untouched = await writes();
    await resource.create(await checked(subject, before), true);
    must((await writes()) === untouched, "Check, or the preview of Create, has written");
    await living(subject, before, async (state) => {
      const created = await writes();
      const news = await checked(subject, after, state.inputs);
      await resource.diff(state, news);
      await resource.update(state, news, true);
      must((await writes()) === created, "Check, Diff, or the preview of Update, has written");
      await resource.read(state.id, state);
      must((await writes()) === created, "Read has written");
      return undefined;
    });
  },
});

export const keepsPromiseOfCreate = invariant<Marked>({
  sentence: "the preview of Create answers nothing as known that then comes out otherwise",
  generated: ({ inputs }) => unknownSomewhere(inputs),
  async holds(subject, { before, after }) {
    const preview = await subject.resource.create(await checked(subject, after), true);
    await subject.resource.endOperation();
    await living(subject, before, async ({ outs }) => {
      mustKeepPromise(preview.outs, outs);
      return undefined;
    });
  },
});

export const keepsPromiseOfUpdate = invariant<[Bag, Marked]>({
  sentence: "the preview of Update answers nothing as known that then comes out otherwise",
  generated: (subject) =>
    updates(subject).chain(([before, after]) =>
      fc.tuple(fc.constant(before), unknownSomewhere(fc.constant(after), subject.replaces)),
    ),
  async holds(subject, [inputs, { before: real, after: preview }]) {
    const { resource } = subject;
    await living(subject, inputs, async (state) => {
      const promised = await resource.update(state, await checked(subject, preview, state.inputs), true);
      await resource.endOperation();
      const updated = await resource.update(state, await checked(subject, real, state.inputs));
      mustKeepPromise(promised.outs, updated.outs);
      return updated;
    });
  },
});

export const createAnswersAll = invariant<Bag>({
  sentence: "Create answers an id and all inputs, and nothing that is not known",
  generated: ({ inputs }) => inputs,
  async holds(subject, inputs) {
    await living(subject, inputs, async (state) => {
      must(state.id !== "", "Create answers no id");
      mustAnswerAll("Create", state);
      return undefined;
    });
  },
});

export const updateAnswersAll = invariant<[Bag, Bag]>({
  sentence: "Update answers all inputs, and nothing that is not known",
  generated: updates,
  async holds(subject, [before, after]) {
    await living(subject, before, async (state) => {
      const updated = await subject.resource.update(state, await checked(subject, after, state.inputs));
      mustAnswerAll("Update", updated);
      return updated;
    });
  },
});

export const updateKeepsId = invariant<[Bag, Bag]>({
  sentence: "Read after Update finds the resource by the id that it had, without a drift",
  generated: updates,
  async holds(subject, [before, after]) {
    const { resource } = subject;
    await living(subject, before, async (state) => {
      const updated = await resource.update(state, await checked(subject, after, state.inputs));
      mustFindNothing(await resource.diff(stateOf(await resource.read(state.id, updated), state.id), updated.inputs));
      return updated;
    });
  },
});

export const hidesSecrets = invariant<Marked>({
  sentence: "what is secret in the inputs is secret in what Create, Update and Read answer",
  generated: secretSomewhere,
  async holds(subject, { path, before, after }) {
    const { resource } = subject;
    await living(subject, after, async (state) => {
      mustHide(state.outs, path, before, "Create");
      const found = stateOf(await resource.read(state.id, state), state.id);
      mustHide(found.outs, path, before, "Read (properties)");
      mustHide(found.inputs, path, before, "Read (inputs)");
      const updated = await resource.update(state, await checked(subject, after, state.inputs));
      mustHide(updated.outs, path, before, "Update");
      return updated;
    });
  },
});

export const readFindsNoDrift = invariant<Bag>({
  sentence: "Read after Create finds the resource, without a drift",
  generated: ({ inputs }) => inputs,
  async holds(subject, inputs) {
    const { resource } = subject;
    await living(subject, inputs, async (state) => {
      mustFindNothing(await resource.diff(stateOf(await resource.read(state.id, state), state.id), state.inputs));
      return undefined;
    });
  },
});

export const imports = invariant<Bag>({
  sentence: "Read by the id alone answers inputs that pass Check and leave nothing to change",
  generated: ({ inputs }) => inputs,
  async holds(subject, inputs) {
    const { resource } = subject;
    await living(subject, inputs, async ({ id }) => {
      const imported = stateOf(await resource.read(id), id);
      const news = await checked(subject, imported.inputs, imported.inputs);
      mustFindNothing(await resource.diff(imported, news));
      return undefined;
    });
  },
});

export const findsNothingGone = invariant<Bag>({
  sentence: "Read of what is gone answers no id and no properties",
  generated: ({ inputs }) => inputs,
  async holds(subject, inputs) {
    const { resource } = subject;
    const gone = await living(subject, inputs, async () => undefined);
    const { missing: id = gone.id } = subject;
    mustBeNothing("Read with a state", await resource.read(id, gone));
    mustBeNothing("Read by the id alone", await resource.read(id));
  },
});

export const deletesTwice = invariant<Bag>({
  sentence: "Delete of what is gone succeeds",
  generated: ({ inputs }) => inputs,
  async holds(subject, inputs) {
    await subject.resource.delete(await living(subject, inputs, async () => undefined));
  },
});

function mustKeepPromise(preview: Bag, real: Bag): void {
  const path = brokenPromise(preview, real);
  must(path === undefined, `the preview promised another ${formatPath(path ?? [])}`);
}

function mustAnswerAll(rpc: string, { inputs, outs }: State): void {
  const missing = Object.keys(inputs).filter((name) => !isSame(inputs[name], outs[name]));
  must(missing.length === 0, `${rpc} does not answer ${missing.join(", ")} as in the inputs`);
  const unknown = Object.keys(outs).filter((name) => hasUnknown(outs[name] ?? null));
  must(unknown.length === 0, `${rpc} answers ${unknown.join(", ")} as not known`);
}

/** As the engine has it after a refresh, or an import. */
function stateOf({ id, inputs, outs }: Found, expected: string): State {
  must(id === expected, id === "" ? "Read finds nothing" : `Read answers the id ${id} in place of ${expected}`);
  must(inputs !== undefined, "Read answers no inputs");
  must(outs !== undefined, "Read answers no properties");
  return { id, inputs, outs };
}

function mustBeNothing(rpc: string, { id, inputs, outs }: Found): void {
  must(id === "", `${rpc} answers the id ${id}`);
  must(outs === undefined && inputs === undefined, `${rpc} answers ${outs ? "properties" : "inputs"}`);
}
