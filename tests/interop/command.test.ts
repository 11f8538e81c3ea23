import { output } from "../../tools/interop/command";

test("a command that takes too long is ended, and said to be", async () => {
  const command = output(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { cwd: __dirname, timeoutMs: 1 });
  await expect(command).rejects.toThrow("ended with SIGTERM");
});
