import { remainingRequestsOf } from "../../provider/kv/rate-limit-headers";

test.each<[Record<string, string | string[]>, object | undefined]>([
  [{}, undefined],
  [{ ratelimit: '"default";r=50;t=30' }, { left: 50, quota: undefined, resetMs: 30_000 }],
  [
    { ratelimit: '"default";r=50;t=30', "ratelimit-policy": '"burst";q=100;w=60' },
    { left: 50, quota: 100, resetMs: 30_000 },
  ],
  [{ ratelimit: '"a"; r=7; t=3, "b";t=10;r=2' }, { left: 2, quota: undefined, resetMs: 10_000 }],
  [{ ratelimit: ['"a";r=7;t=3', '"b";r=9;t=1'] }, { left: 7, quota: undefined, resetMs: 3_000 }],
  [{ ratelimit: '"default";r=0;t=0' }, { left: 0, quota: undefined, resetMs: 0 }],
  [{ ratelimit: '"default";r=-1;t=30' }, undefined],
  [{ ratelimit: '"default";r=99999999999;t=30' }, undefined],
  [{ ratelimit: "limit=100, remaining=50, reset=5" }, undefined],
  [{ ratelimit: '"default";r=50' }, undefined],
  [{ ratelimit: "" }, undefined],
])("%j says %j", (headers, allowance) => {
  expect(remainingRequestsOf(headers)).toEqual(allowance);
});
