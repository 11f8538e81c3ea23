import { playAllOf } from "./play-all";

playAllOf("javascript");
