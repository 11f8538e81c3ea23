import { replayAll } from "./replay-all";

replayAll("options");
