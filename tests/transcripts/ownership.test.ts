import { replayAll } from "./replay-all";

replayAll("ownership");
