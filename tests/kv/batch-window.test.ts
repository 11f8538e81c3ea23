import { setTimeout as delay } from "node:timers/promises";
import { type Passenger, Window } from "../../provider/kv/batch-window";
import { FakeClock } from "../fake-clock";
import { until } from "../until";

let fullAt: number;
let clock: FakeClock;
let usedShare: number;
/** What left together, in order. */
let sent: string[][];
/** Answers those in flight, first come, first served. */
let answers: (() => void)[];
let window: Window<Item>;

class Item implements Passenger {
  readonly told: string[] = [];
  readonly options: Passenger["options"];
  isGivenUp = false;

  constructor(
    readonly name: string,
    signal?: AbortSignal,
  ) {
    this.options = { signal, onWait: (message) => this.told.push(message) };
  }

  giveUp(): void {
    this.isGivenUp = true;
  }
}

beforeEach(() => {
  clock = new FakeClock();
  fullAt = 5;
  usedShare = 0;
  // What an earlier test has left waiting stays its own.
  const [ofThis, answersOfThis]: [string[][], (() => void)[]] = [[], []];
  sent = ofThis;
  answers = answersOfThis;
  window = new Window<Item>({
    clock,
    usedShare: () => usedShare,
    isFull: ({ length }) => length >= fullAt,
    send: (items) => {
      ofThis.push(items.map(({ name }) => name));
      return new Promise((resolve) => answersOfThis.push(resolve));
    },
  });
});

function add(name: string, signal?: AbortSignal, group = "group"): Item {
  const item = new Item(name, signal);
  window.add(group, item);
  return item;
}

const leaves = (count: number) => until(() => sent.length >= count);
/** Longer than anything waits of its own accord. */
const aWhile = () => delay(40);

test("what comes at about the same time leaves together, soon", async () => {
  add("a");
  add("b");
  await delay(1);
  add("c");
  await leaves(1);
  expect([sent, clock.slept]).toEqual([[["a", "b", "c"]], 0]);
});

test("a stream that never pauses does not hold up its first", async () => {
  fullAt = Number.POSITIVE_INFINITY;
  const startedAt = performance.now();
  while (sent.length === 0) {
    if (performance.now() - startedAt > 5000) throw new Error("nothing has left");
    add("a");
    await new Promise(setImmediate);
  }
});

test("what comes while one is in flight leaves together, when that is answered", async () => {
  add("a");
  await leaves(1);
  add("b");
  await aWhile();
  add("c");
  await aWhile();
  expect(sent).toEqual([["a"]]);
  answers[0]?.();
  await leaves(2);
  expect([sent, clock.slept]).toEqual([[["a"], ["b", "c"]], 0]);
});

test("what fills a request waits for nothing", async () => {
  usedShare = 1;
  for (const name of "abcdefg") add(name);
  expect(sent).toEqual([["a", "b", "c", "d", "e"]]);
  answers[0]?.();
  await leaves(2);
  expect(sent[1]).toEqual(["f", "g"]);
});

test("groups do not wait for each other", async () => {
  add("a");
  await leaves(1);
  add("b", undefined, "other");
  await leaves(2);
  expect(sent).toEqual([["a"], ["b"]]);
});

describe("as the budget runs down", () => {
  /** Lets one leave, and holds the pause before the next until it is released. */
  async function paused(): Promise<() => void> {
    add("first");
    await leaves(1);
    answers[0]?.();
    const held = Promise.withResolvers<void>();
    clock.onSleep = () => held.promise;
    return held.resolve;
  }

  test.each([
    [0.24, 1200],
    [0.525, 3000],
    [1, 6000],
  ])("requests leave further apart: with a share of %d used, %d ms", async (share, ms) => {
    const release = await paused();
    usedShare = share;
    add("a");
    await aWhile();
    add("b");
    expect(sent).toEqual([["first"]]);
    release();
    await leaves(2);
    expect([sent[1], Math.round(clock.slept)]).toEqual([["a", "b"], ms]);
  });

  test("who waits for a second or longer is told why, and who does not is not", async () => {
    const release = await paused();
    usedShare = 0.525;
    const waiting = [add("a")];
    await aWhile();
    waiting.push(add("b"));
    const why = "53 % of the requests of five minutes are used; waiting 3 s for others to share the next one";
    expect(waiting.map(({ told }) => told)).toEqual([[why], [why]]);
    release();
    await leaves(2);
    usedShare = 0.2;
    answers[1]?.();
    const short = add("c");
    await leaves(3);
    expect(short.told).toEqual([]);
  });

  test("a twentieth of it is used freely", async () => {
    usedShare = 0.05;
    for (let count = 1; count <= 3; count++) {
      add("a");
      await leaves(count);
      answers[count - 1]?.();
    }
    expect(clock.slept).toBe(0);
  });

  test("what comes long after the last does not wait", async () => {
    add("a");
    await leaves(1);
    answers[0]?.();
    usedShare = 1;
    clock.advance(6);
    add("b");
    await leaves(2);
    expect(clock.slept).toBe(0);
  });

  test("somebody who asks for one after the other soon waits no more: nobody joins", async () => {
    usedShare = 0.525;
    for (let count = 0; count < 60; count++) {
      add(`${count}`);
      await leaves(count + 1);
      answers[count]?.();
    }
    expect(clock.slept).toBeLessThanOrEqual(5 * 3000);
  });

  test("when somebody joins after all, pauses are worth it again", async () => {
    const release = await paused();
    release();
    usedShare = 0.525;
    const alone = async (name: string) => {
      const before = sent.length;
      add(name);
      await leaves(before + 1);
      answers[before]?.();
    };
    clock.onSleep = () => {};
    // In vain; without a pause, twice; then comes the next pause.
    for (const name of "abc") await alone(name);
    const together = async (...names: string[]) => {
      const before = sent.length;
      clock.onSleep = () => void names.splice(0).map((name) => add(name));
      add("one");
      await leaves(before + 1);
      answers[before]?.();
      return sent.at(-1);
    };
    expect(await together("two")).toEqual(["one", "two"]);
    expect(await together("two")).toEqual(["one", "two"]);
  });
});

describe("one that is given up", () => {
  test("before it comes is not sent", async () => {
    const item = add("a", AbortSignal.abort());
    await aWhile();
    expect([item.isGivenUp, sent]).toEqual([true, []]);
  });

  test("while it waits leaves at once, and the others go on", async () => {
    add("a");
    await leaves(1);
    const controller = new AbortController();
    const given = add("b", controller.signal);
    const other = add("c");
    controller.abort();
    expect([given.isGivenUp, other.isGivenUp]).toEqual([true, false]);
    answers[0]?.();
    await leaves(2);
    expect(sent[1]).toEqual(["c"]);
  });

  test("alone in a pause leaves nothing behind", async () => {
    usedShare = 1;
    add("a");
    await leaves(1);
    answers[0]?.();
    const controller = new AbortController();
    clock.onSleep = () => controller.abort();
    add("b", controller.signal);
    await aWhile();
    expect(sent).toEqual([["a"]]);
    add("c");
    await leaves(2);
    expect(sent[1]).toEqual(["c"]);
  });

  test("after it was sent is not given up here", async () => {
    const controller = new AbortController();
    const item = add("a", controller.signal);
    await leaves(1);
    controller.abort();
    expect(item.isGivenUp).toBe(false);
  });
});
