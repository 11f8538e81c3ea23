import { replayAll } from "./replay-all";

replayAll("commands");
