import { replayAll } from "./replay-all";

replayAll("autonaming");
