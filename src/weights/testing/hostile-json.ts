/** @file Damage to JSON that stays JSON: a value somewhere becomes another, a field goes or comes. */

type Below = (n: number) => number;

/** Values that readers of JSON are wont to break at. */
const strangers: readonly unknown[] = [
  ...[null, true, "", "a", "\ud800", "__proto__", " ".repeat(300), [], {}, [[]], { type: "BPE" }],
  ...[0, -1, 1, 0.5, 255, 65_536, 1e9, 2 ** 31, 2 ** 32, 2 ** 53, 1e308],
];

/** `text`, JSON, with one value changed; now and then what is no longer JSON. */
export function damageJson(text: string, below: Below): string {
  const json: unknown = JSON.parse(text);
  const places = placesIn(json);
  if (places.length === 0) return JSON.stringify(strangers[below(strangers.length)]);
  const { holder, key } = places[below(places.length)];
  switch (below(4)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 1: // a value of another place
      holder[key] = structuredClone(valueAt(places[below(places.length)]));
      break;
    default:
      holder[key] = strangers[below(strangers.length)];
  }
  return JSON.stringify(json);
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

const valueAt = ({ holder, key }: Place) => holder[key];

/** Few of a long list's items, so that what they hold does not outnumber all else. */
const fewest = 8;

function placesIn(root: unknown): Place[] {
  const places: Place[] = [];
  const open: unknown[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== "object" || value === null) continue;
    const holder = value as Record<string, unknown>;
    for (const key of Object.keys(holder).slice(0, fewest)) {
      places.push({ holder, key });
      open.push(holder[key] ?? null);
    }
  }
  return places;
}
