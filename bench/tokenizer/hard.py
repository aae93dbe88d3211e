"""One of Python's encoders on one hard input, measured as hard.mjs does; its options are the same."""

import argparse
import json
import time

from encoders import encoders

parser = argparse.ArgumentParser()
parser.add_argument("--encoder", choices=encoders)
parser.add_argument("--input")
given = parser.parse_args()


def timed(text):
    start = time.perf_counter()
    count = len(encode(text))
    return (time.perf_counter() - start) * 1000, count


def best(text):
    return min(timed(text)[0] for _ in range(5))


def say(**line):
    print(json.dumps(line), flush=True)


with open(given.input, encoding="utf-8") as file:
    whole, half = json.load(file)
version, encode = encoders[given.encoder]()
encode("Hello")
say(version=version, coldMs=timed(whole)[0])
say(halfMs=best(half))
say(wholeMs=best(whole), numTokens=timed(whole)[1])
