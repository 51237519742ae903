#!/usr/bin/env node
// Committed, because npm links a command only when its file is there: in a clone dist is built after the links are made.
import "../dist/cli/main.js";
