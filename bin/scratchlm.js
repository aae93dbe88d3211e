#!/usr/bin/env node
// Committed, not built, so that it stays executable and `npx scratchlm` finds it however often `dist` is made anew.
import "../dist/cli/main.js";
