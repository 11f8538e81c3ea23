import type { Draw } from "./draw";
import type { Edit, Edited } from "./edit";
import { addKey, changeKey, dropKey, renameKey, replaceKey } from "./key-edits";
import { moveBetweenSets, moveKeyIntoSet, moveKeyOutOfSet, moveToLater, toChild } from "./move-edits";
import { addNamespace, dropNamespace, retitleNamespace } from "./namespace-edits";
import type { Program } from "./program";
import {
  addSet,
  chainSets,
  dropSet,
  editSet,
  pruneSet,
  renameSet,
  replaceSet,
  toggleFile,
  togglePrune,
} from "./set-edits";

/** As often as they are named. */
const edits: readonly Edit[] = [
  addKey,
  addSet,
  changeKey,
  dropKey,
  renameKey,
  replaceKey,
  editSet,
  editSet,
  pruneSet,
  pruneSet,
  dropSet,
  renameSet,
  replaceSet,
  togglePrune,
  toggleFile,
  chainSets,
  chainSets,
  toChild,
  moveKeyIntoSet,
  moveKeyIntoSet,
  moveKeyOutOfSet,
  moveBetweenSets,
  moveToLater,
  moveToLater,
  moveToLater,
  addNamespace,
  retitleNamespace,
  dropNamespace,
];

/** Two namespaces, of which strangers use the first, some keys and some sets. */
export function firstProgram(draw: Draw): Program {
  const { server } = draw;
  const shared = { name: draw.name("ns"), server, title: draw.name("title"), isShared: true };
  const own = { name: draw.name("ns"), server, title: draw.name("title"), isShared: false };
  let program: Program = { namespaces: [shared, own], keys: [], sets: [] };
  for (const edit of [addKey, addSet, addKey, addSet, addKey]) program = edit(program, draw)?.program ?? program;
  return program;
}

/** Another program, one change away. */
export function edited(program: Program, draw: Draw): Edited {
  for (;;) {
    const done = draw.random.of(edits)?.(program, draw);
    if (done) return done;
  }
}
