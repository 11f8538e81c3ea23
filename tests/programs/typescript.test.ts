import { playAllOf } from "./play-all";

playAllOf("typescript");
