/** @file `npm run rooms`: how large each room is, in lines of source and of tests. A report, not a budget. */
import { readdirSync, readFileSync } from "node:fs";

const src = new URL("../src/", import.meta.url);
const rooms = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const isTest = (name) => /\.(test|samples)\.ts$/.test(name) || /(^|[\\/])testing[\\/]/.test(name);
const lengthOf = (room, name) =>
  readFileSync(new URL(`${room}/${name.replaceAll("\\", "/")}`, src), "utf8").split("\n").length -
  1;
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

const rows = rooms.map(({ name: room }) => {
  const names = readdirSync(new URL(`${room}/`, src), { recursive: true });
  const files = names.filter((name) => name.endsWith(".ts"));
  const sources = files.filter((name) => !isTest(name)).map((name) => lengthOf(room, name));
  const tests = files.filter(isTest).map((name) => lengthOf(room, name));
  return {
    room,
    files: sources.length,
    lines: sum(sources),
    median: median(sources),
    tests: sum(tests),
  };
});
const total = (key) => sum(rows.map((row) => row[key]));
console.table([
  ...rows,
  { room: "all", files: total("files"), lines: total("lines"), tests: total("tests") },
]);
