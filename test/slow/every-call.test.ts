/**
 * Calls of every operation fail, one after the other: one of 29, or with `ASHLAR_EVERY_CALL=1` each of them, which takes
 * a quarter of an hour.
 */
import process from "node:process";
import test from "ava";
import { everyCallTests } from "../faults/every-call.js";

everyCallTests(test, { stride: process.env.ASHLAR_EVERY_CALL === "1" ? 1 : 29 });
