#!/usr/bin/env node
import { runEmulator } from "./emulator-command";

void runEmulator(process.argv.slice(2), "cloudflare-kv-emulator");
